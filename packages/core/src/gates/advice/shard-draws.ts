import type { ParameterInfo } from '../../contracts/index.js'
import type { CompletedShard } from '../../execution/completed-shard.js'
import { shardDimension, shardParameters } from '../../planning/local-parameters.js'
import { coordinateName } from '../../model/parameter-names.js'
import { readColumns, type PlanRecord } from '../../run-directory/index.js'

/** A shard whose draws are looked at, with the names of its coordinates. */
export interface ExaminedShard extends Pick<CompletedShard, 'shard' | 'chains' | 'statistics' | 'health'> {
  readonly dimension: number
  readonly parameters: readonly ParameterInfo[]
  readonly nameOf: (coordinate: number) => string
}

export function examined(shard: CompletedShard, plan: PlanRecord): ExaminedShard {
  const parameters = shardParameters(plan, shard.shard)
  return {
    ...shard,
    parameters,
    dimension: shardDimension(plan, shard.shard),
    nameOf: coordinate => coordinateName(parameters, coordinate),
  }
}

/** What advice rests on is told by so many draws of a shard: they are in memory at once. */
const MOST_DRAWS = 20_000

/** m where every m-th draw is looked at, so that at most `most` of all chains are. */
export function adviceThinning({ chains }: Pick<ExaminedShard, 'chains'>, most = MOST_DRAWS): number {
  return Math.max(1, Math.ceil(chains.reduce((total, { rows }) => total + rows, 0) / most))
}

/** Some draws of one coordinate, an array a chain; the dimension itself stands for the log density. */
export async function coordinateDraws(shard: ExaminedShard, coordinate: number): Promise<Float64Array[]> {
  const every = adviceThinning(shard)
  const density = coordinate === shard.dimension
  const read = density
    ? shard.statistics.map(stats => readColumns(stats, [stats.columns.indexOf('potential_energy')], every))
    : shard.chains.map(chain => readColumns(chain, [coordinate], every))
  return (await Promise.all(read)).map(([values]) => values!)
}

/** To three digits. */
export const short = (value: number): string => String(Number(value.toPrecision(3)))
