import type { Powers } from '@chorale/core/contracts'
import { columns, priorPredictive, type Columns, type CompiledModel, type SiteDraws } from '@chorale/model'
import { createStream, foldIn, prngKey, type RandomStream } from '@chorale/random'

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
  readonly powers?: Powers
}

/**
 * Ranks of true values among posterior draws: parameters from the prior, data given them, one chain. By element name of the global parameters, and
 * `log likelihood`. Where the posterior is right, all are uniform over 0 to 63.
 *
 * Chains start at the true values, which are a draw from the posterior: modes that a short chain does not leave are visited as often as they should be.
 */
export async function rankStatistics(
  { model, data, simulate, fitted = model, powers = POSTERIOR }: Experiment,
  { replications, seed, ...length }: Omit<ChainLength, 'draws'> & { readonly replications: number; readonly seed: number },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const simulated: Readonly<Record<string, SiteDraws>> = priorPredictive(model, data, { draws: replications, seed })
  const ranks = new Map<string, number[]>()
  for (let replication = 0; replication < replications; replication++) {
    const key = foldIn(prngKey(seed + OTHER_RANDOM_NUMBERS), replication)
    const truth = drawAt(simulated, replication)
    const observed = simulate?.(truth, createStream(foldIn(key, 1))) ?? observedColumns(truth, data)
    const shard = columns({ ...data, ...observed })
    const bound = fitted.bind(shard, fitted.summarize(shard))
    const names = elementNames(bound)
    const globals = elementNames({ parameters: bound.parameters.filter(({ scope }) => scope === 'global') })
    const gradient = new Float64Array(bound.dimension)
    const quantitiesAt = (position: Float64Array): Readonly<Record<string, number>> => {
      const values = new Float64Array(names.length)
      bound.constrainInto(values, position)
      return {
        ...Object.fromEntries(globals.map((name, k) => [name, values[k]!])),
        'log likelihood': bound.logDensityInto(gradient, position, LIKELIHOOD),
      }
    }
    const position = new Float64Array(bound.dimension)
    bound.unconstrainInto(position, Float64Array.from(bound.parameters.flatMap(({ name }) => [...truth[name]!])))
    const draws = (await runChain(bound, powers, foldIn(key, 2), { ...length, draws: RANKED_DRAWS }, position)).map(quantitiesAt)
    for (const [name, value] of Object.entries(quantitiesAt(position))) {
      ranks.set(name, [...(ranks.get(name) ?? []), draws.filter(draw => draw[name]! < value).length])
    }
  }
  return ranks
}

const drawAt = (draws: Readonly<Record<string, SiteDraws>>, index: number): Draw =>
  Object.fromEntries(
    Object.entries(draws).map(([name, { values, draws: count }]) => {
      const size = values.length / count
      return [name, values.subarray(index * size, (index + 1) * size)]
    }),
  )

const observedColumns = (truth: Draw, data: Columns): Columns => Object.fromEntries(Object.entries(truth).filter(([name]) => name in data))
