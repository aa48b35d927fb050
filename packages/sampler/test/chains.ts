import { prngKey } from '@chorale/random'
import { createStanAdaptation } from '../src/adaptation/stan-adaptation.js'
import { createChain, moveChain } from '../src/chain/chain.js'
import { warmUp } from '../src/chain/warm-up.js'
import type { Transition } from '../src/engine/transition.js'
import { diagonalMetric } from '../src/metric/diagonal-metric.js'
import type { MetricKind } from '../src/metric/metric.js'
import { createPacer } from '../src/engine/pacer.js'
import type { Target } from '../src/engine/target.js'
import type { TrajectoryRules } from '../src/engine/tree.js'
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
    await warmUp(chain, createStanAdaptation({ ...settings, dimension }), 0, () => undefined)
    if (options.stepSize !== undefined) chain.trajectory.stepSize = options.stepSize
    const draws: Float64Array[] = []
    const transitions: Transition[] = []
    for (let i = 0; i < options.draws; i++) {
      await moveChain(chain, options.warmup + i)
      transitions.push({ ...chain.transition })
      draws.push(chain.current.position.slice())
    }
    chains.push({ draws, transitions })
  }
  return chains
}
