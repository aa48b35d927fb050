import type { BoundModel, Powers } from '@chorale/core/contracts'
import { createStream, foldIn, prngKey, type Key } from '@chorale/random'
import { createChain, findStart, modelTarget, moveChain, warmUp, type Adaptation, type Pacer } from '@chorale/sampler'

import type { Metric } from '../../packages/sampler/src/metric/metric.js'
import type { TrajectoryRules } from '../../packages/sampler/src/engine/tree.js'
import { ADAPTATIONS, adaptationOf, DEFAULT_ADAPTATION, type AdaptationName } from './adaptations.js'

export const POSTERIOR: Powers = { prior: 1, likelihood: 1, jacobian: 1 }

const START_RADIUS = 2
const MAX_TREE_DEPTH = 10

/** Nobody stops a chain of a test. */
const unhurried: Pacer = { iteration: 0, afterLeapfrog: () => false, breathe: () => Promise.resolve() }

/** A bug to plant in the sampler, for tests that must notice. */
export interface PlantedBug {
  readonly rules?: TrajectoryRules
  /** The wrong metric that trajectories see in place of the right one. */
  readonly metric?: (right: Metric) => Metric
}

export interface ChainLength {
  /** Default: as for users. */
  readonly adaptation?: AdaptationName
  /** Default: as many iterations as the adaptation takes. */
  readonly warmup?: number
  readonly draws: number
  /** Transitions between two draws that are kept. Default 1. */
  readonly thin?: number
  readonly targetAcceptProb?: number
  readonly bug?: PlantedBug
}

/** What one chain did, in memory. */
export interface ChainRun {
  /** Unconstrained positions of the draws. */
  readonly positions: readonly Float64Array[]
  /** Iterations of warm-up. */
  readonly warmup: number
  /** Gradients of warm-up, the search for a start included, and of sampling. */
  readonly gradients: { readonly warmup: number; readonly sampling: number }
  /** Of sampling. */
  readonly divergences: number
  /** Mean acceptance probability of sampling. */
  readonly acceptProb: number
  readonly stepSize: number
  readonly metric: Metric
}

/** One NUTS chain. It starts at a random place in (-2, 2)^d, unless told where. */
export async function runChain(bound: BoundModel, powers: Powers, key: Key, length: ChainLength, from?: Float64Array): Promise<ChainRun> {
  const { adaptation: name = DEFAULT_ADAPTATION, draws, thin = 1, targetAcceptProb = 0.8, bug } = length
  const target = modelTarget(bound, powers)
  const proposal =
    from === undefined
      ? { isRandom: true, proposeInto: uniformInto }
      : { isRandom: false, proposeInto: (position: Float64Array) => position.set(from) }
  const start = await findStart(target, proposal, coordinate => `coordinate ${coordinate}`, key, unhurried)
  const gradient = new Float64Array(target.dimension)
  target.logDensityInto(gradient, start)
  const planned = length.warmup ?? ADAPTATIONS[name].warmup
  const right = adaptationOf(name, { dimension: target.dimension, warmup: planned, targetAcceptProb, start: { gradient } })
  const adaptation = bug?.metric === undefined ? right : withWrongMetric(right, bug.metric)
  const chain = createChain(target, start, key, unhurried, {
    maxTreeDepth: MAX_TREE_DEPTH,
    metric: adaptation.metric,
    ...(bug?.rules && { rules: bug.rules }),
  })
  const warmup = await warmUp(chain, adaptation, 0, () => undefined)
  const before = target.gradients
  const positions: Float64Array[] = []
  let divergences = 0
  let acceptProb = 0
  for (let transition = 1; transition <= draws * thin; transition++) {
    await moveChain(chain, warmup + transition - 1)
    divergences += Number(chain.transition.diverging)
    acceptProb += chain.transition.acceptProb / (draws * thin)
    if (transition % thin === 0) positions.push(chain.current.position.slice())
  }
  const { stepSize, metric } = chain.trajectory
  return {
    positions,
    warmup,
    gradients: { warmup: before, sampling: target.gradients - before },
    divergences,
    acceptProb,
    stepSize,
    metric,
  }
}

const withWrongMetric = (right: Adaptation, wrong: (right: Metric) => Metric): Adaptation =>
  new Proxy(right, {
    get: (of, property) => (property === 'metric' ? wrong(of.metric) : (Reflect.get(of, property) as unknown)),
  })

function uniformInto(position: Float64Array, key: Key): void {
  const stream = createStream(key)
  position.forEach((_, i) => (position[i] = START_RADIUS * (2 * stream.uniform() - 1)))
}

/** Draws of one scalar, chain by chain. */
export type ScalarChains = readonly Float64Array[]

/** Draws on the constrained scale by element name, counted from 1 as in Stan: `mu`, `beta[2]`. */
export async function runChains(
  bound: BoundModel,
  { seed, chains, powers, ...length }: ChainLength & { readonly seed: number; readonly chains: number; readonly powers: Powers },
): Promise<ReadonlyMap<string, ScalarChains>> {
  const names = elementNames(bound)
  const draws = new Map(names.map(name => [name, Array.from({ length: chains }, () => new Float64Array(length.draws))]))
  const values = new Float64Array(names.length)
  for (let chain = 0; chain < chains; chain++) {
    const { positions } = await runChain(bound, powers, foldIn(prngKey(seed), chain), length)
    positions.forEach((position, draw) => {
      bound.constrainInto(values, position)
      names.forEach((name, k) => (draws.get(name)![chain]![draw] = values[k]!))
    })
  }
  return draws
}

/** Names of the numbers that `constrainInto` writes. */
export const elementNames = ({ parameters }: Pick<BoundModel, 'parameters'>): readonly string[] =>
  parameters.flatMap(({ name, shape }) =>
    shape
      .reduce<readonly string[]>((names, n) => names.flatMap(of => Array.from({ length: n }, (_, k) => `${of},${k + 1}`)), [''])
      .map(index => (index === '' ? name : `${name}[${index.slice(1)}]`)),
  )
