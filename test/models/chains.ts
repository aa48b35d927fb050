import type { BoundModel, Powers } from '@chorale/core/contracts'
import { createStream, foldIn, prngKey, type Key } from '@chorale/random'
import { createChain, createStanAdaptation, findStart, modelTarget, moveChain, warmUp, type Pacer } from '@chorale/sampler'

export const POSTERIOR: Powers = { prior: 1, likelihood: 1, jacobian: 1 }

const START_RADIUS = 2
const MAX_TREE_DEPTH = 10

/** Nobody stops a chain of a test. */
const unhurried: Pacer = { iteration: 0, afterLeapfrog: () => false, breathe: () => Promise.resolve() }

export interface ChainLength {
  readonly warmup: number
  readonly draws: number
  /** Transitions between two draws that are kept. Default 1. */
  readonly thin?: number
  readonly targetAcceptProb?: number
}

/** Unconstrained positions of one NUTS chain with a diagonal metric, in memory. It starts at a random place in (-2, 2)^d, unless told where. */
export async function runChain(
  bound: BoundModel,
  powers: Powers,
  key: Key,
  length: ChainLength,
  from?: Float64Array,
): Promise<readonly Float64Array[]> {
  const { warmup, draws, thin = 1, targetAcceptProb = 0.8 } = length
  const target = modelTarget(bound, powers)
  const proposal =
    from === undefined
      ? { isRandom: true, proposeInto: uniformInto }
      : { isRandom: false, proposeInto: (position: Float64Array) => position.set(from) }
  const start = await findStart(target, proposal, coordinate => `coordinate ${coordinate}`, key, unhurried)
  const adaptation = createStanAdaptation({ dimension: target.dimension, metric: 'diagonal', warmup, targetAcceptProb })
  const chain = createChain(target, start, key, unhurried, { maxTreeDepth: MAX_TREE_DEPTH, metric: adaptation.metric })
  await warmUp(chain, adaptation, 0, () => undefined)
  const positions: Float64Array[] = []
  for (let transition = 1; transition <= draws * thin; transition++) {
    await moveChain(chain, warmup + transition - 1)
    if (transition % thin === 0) positions.push(chain.current.position.slice())
  }
  return positions
}

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
    const positions = await runChain(bound, powers, foldIn(prngKey(seed), chain), length)
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
