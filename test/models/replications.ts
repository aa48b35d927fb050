import type { BoundModel, Powers } from '@chorale/core/contracts'
import { columns, priorPredictive, type Columns, type CompiledModel, type SiteDraws } from '@chorale/model'
import { createStream, foldIn, prngKey, type Key, type RandomStream } from '@chorale/random'

import { elementNames, POSTERIOR, runChain, type ChainLength } from './chains.js'
import { RANKED_DRAWS } from './rank-statistics.js'

/** Parameters are drawn with the seed itself; data and chains must not depend on their random numbers. */
const OTHER_RANDOM_NUMBERS = 1_000_000

const LIKELIHOOD: Powers = { prior: 0, likelihood: 1, jacobian: 0 }

/** Values by site or parameter, row-major. */
export type Draw = Readonly<Record<string, Float64Array>>

/** How data come about, and how they are fitted. */
export interface Experiment {
  readonly model: CompiledModel
  /** Columns that are given; those that are observed only say how many rows there are. */
  readonly data: Columns
  /** Observed columns given the parameters. Default: what the model simulates; its sites have the names of their columns. */
  readonly simulate?: (parameters: Draw, stream: RandomStream) => Columns
  /** The model that is fitted, if another: for bugs. */
  readonly fitted?: CompiledModel
}

/** True parameters, drawn from the prior, and the posterior given data that are drawn with them. */
export interface Replication {
  /** On the unconstrained scale. */
  readonly truth: Float64Array
  readonly bound: BoundModel
}

/** Makes replication `index`, with random numbers from `key`. */
export type Replicate = (index: number, key: Key) => Replication

export interface ReplicationOptions extends Omit<ChainLength, 'draws'> {
  readonly replications: number
  readonly seed: number
  /** Where chains start. Default `truth`. */
  readonly start?: 'truth' | 'random'
  readonly powers?: Powers
}

/** As `ranksOf`, of a model of the language. */
export const rankStatistics = (experiment: Experiment, options: ReplicationOptions): Promise<ReadonlyMap<string, readonly number[]>> =>
  ranksOf(replicationsOf(experiment, options), options)

/**
 * Ranks of true values among posterior draws: parameters from the prior, data given them, one chain. By element name of the parameters, and
 * `log likelihood`. Where the posterior is right, all are uniform over 0 to 63.
 *
 * The true values are a draw from the posterior. Chains that start there visit modes that a short chain does not leave as often as they should be; chains
 * that start elsewhere must find the way by themselves.
 */
export async function ranksOf(
  replicate: Replicate,
  { replications, seed, start = 'truth', powers = POSTERIOR, ...length }: ReplicationOptions,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const ranks = new Map<string, number[]>()
  for (let index = 0; index < replications; index++) {
    const key = foldIn(prngKey(seed + OTHER_RANDOM_NUMBERS), index)
    const { truth, bound } = replicate(index, foldIn(key, 1))
    const names = elementNames(bound)
    const gradient = new Float64Array(bound.dimension)
    const quantitiesAt = (position: Float64Array): Readonly<Record<string, number>> => {
      const values = new Float64Array(names.length)
      bound.constrainInto(values, position)
      return {
        ...Object.fromEntries(names.map((name, k) => [name, values[k]!])),
        'log likelihood': bound.logDensityInto(gradient, position, LIKELIHOOD),
      }
    }
    const from = start === 'truth' ? truth : undefined
    const { positions } = await runChain(bound, powers, foldIn(key, 2), { ...length, draws: RANKED_DRAWS }, from)
    const draws = positions.map(quantitiesAt)
    for (const [name, value] of Object.entries(quantitiesAt(truth))) {
      ranks.set(name, [...(ranks.get(name) ?? []), draws.filter(draw => draw[name]! < value).length])
    }
  }
  return ranks
}

function replicationsOf(
  { model, data, simulate, fitted = model }: Experiment,
  { replications, seed }: Pick<ReplicationOptions, 'replications' | 'seed'>,
): Replicate {
  const simulated: Readonly<Record<string, SiteDraws>> = priorPredictive(model, data, { draws: replications, seed })
  return (index, key) => {
    const parameters = drawAt(simulated, index)
    const observed = simulate?.(parameters, createStream(key)) ?? observedColumns(parameters, data)
    const shard = columns({ ...data, ...observed })
    const bound = fitted.bind(shard, fitted.summarize(shard))
    const truth = new Float64Array(bound.dimension)
    bound.unconstrainInto(truth, Float64Array.from(bound.parameters.flatMap(({ name }) => [...parameters[name]!])))
    return { truth, bound }
  }
}

const drawAt = (draws: Readonly<Record<string, SiteDraws>>, index: number): Draw =>
  Object.fromEntries(
    Object.entries(draws).map(([name, { values, draws: count }]) => {
      const size = values.length / count
      return [name, values.subarray(index * size, (index + 1) * size)]
    }),
  )

const observedColumns = (parameters: Draw, data: Columns): Columns =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => name in data))
