import { prngKey } from '@chorale/random'
import { createChain, moveChain, warmUp, type Transition } from '../src/chain.js'
import { diagonalMetric } from '../src/diagonal-metric.js'
import type { MetricKind } from '../src/metric.js'
import { createPacer } from '../src/pacer.js'
import type { Target } from '../src/target.js'
import type { TrajectoryRules } from '../src/tree.js'
import type { Density } from './densities.js'
import { sampleTask } from './run-task.js'

export const targetOf = (dimension: number, density: Density): Target => ({
  dimension,
  logDensityInto: density,
  allocate: length => new Float64Array(length),
})

export const idlePacer = () => createPacer(sampleTask(), { attempt: 1, emit: () => undefined, shouldStop: () => false })

export const unitMetric = (dimension: number) => diagonalMetric(new Float64Array(dimension).fill(1))

export interface ChainDraws {
  readonly draws: readonly Float64Array[]
  readonly transitions: readonly Transition[]
}

/** Chains of a density, started at 0.1, without files. */
export async function runChains(
  dimension: number,
  density: Density,
  options: {
    readonly chains: number
    readonly warmup: number
    readonly draws: number
    readonly seed: number
    readonly metric?: MetricKind
    readonly rules?: TrajectoryRules
    readonly targetAcceptProb?: number
    /** Instead of the one that warm-up finds. */
    readonly stepSize?: number
  },
): Promise<readonly ChainDraws[]> {
  const chains: ChainDraws[] = []
  for (let c = 0; c < options.chains; c++) {
    const settings = {
      warmup: options.warmup,
      targetAcceptProb: options.targetAcceptProb ?? 0.8,
      maxTreeDepth: 10,
      metric: options.metric ?? ('diagonal' as const),
    }
    const chain = createChain(
      targetOf(dimension, density),
      new Float64Array(dimension).fill(0.1),
      prngKey(1000 * options.seed + c),
      idlePacer(),
      {
        maxTreeDepth: 10,
        metric: unitMetric(dimension),
        ...(options.rules && { rules: options.rules }),
      },
    )
    await warmUp(chain, settings, () => undefined)
    if (options.stepSize !== undefined) chain.trajectory.stepSize = options.stepSize
    const draws: Float64Array[] = []
    const transitions: Transition[] = []
    for (let i = 0; i < options.draws; i++) {
      transitions.push(await moveChain(chain, options.warmup + i))
      draws.push(chain.current.position.slice())
    }
    chains.push({ draws, transitions })
  }
  return chains
}
