import { describe, runningMoments, type Convergence, type RunningMoments } from '@chorale/diagnostics'

import type { BoundModel } from '../contracts/index.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import { columnGroups } from '../chains/thinning.js'
import type { ParameterSummary } from '../summary/summary-schema.js'
import type { ChainRows } from '../run-directory/index.js'
import type { Warning } from '../run-event.js'
import { finiteTable, tableCoordinates, tableNames, tableValues, type TableValues } from './parameter-table.js'

/** What is needed of a shard. */
interface ShardDraws {
  readonly chains: CompletedShard['chains']
  readonly health: Pick<CompletedShard['health'], 'thinned' | 'coordinates'>
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/**
 * The table of a run with one shard: ordinary chains, with their own R-hat and effective sample sizes. Nothing is combined. Draws are read a few columns of
 * the table at a time. Where diagnostics are of every m-th draw, so are the quantiles and standard errors; means and standard deviations are of all. What the
 * health of the shard says of a coordinate holds for a parameter that is that coordinate.
 */
export async function singleShardTable(
  bound: BoundModel,
  { chains, health: { thinned, coordinates } }: ShardDraws,
  warn: (warning: Warning) => void,
): Promise<Readonly<Record<string, ParameterSummary>>> {
  const names = tableNames(bound)
  const values = tableValues(bound)
  const coordinateOf = tableCoordinates(bound)
  const entries: [string, ParameterSummary][] = []
  for (const group of columnGroups(names.length, chains, thinned)) {
    const moments = group.map(() => runningMoments())
    const read: Float64Array[][] = []
    const untransformed = group.map(j => coordinateOf[j])
    for (const chain of chains) read.push(await tableColumns(values, chain, { group, untransformed, every: thinned, moments }))
    group.forEach((j, k) => {
      const coordinate = untransformed[k]
      const found = summaryOf(
        read.map(columns => columns[k]!),
        coordinate === undefined ? undefined : coordinates[coordinate],
      )
      const { mean, variance } = moments[k]!
      entries.push([names[j]!, thinned > 1 ? { ...found, mean, sd: Math.sqrt(variance) } : found])
    })
  }
  return finiteTable(entries, warn)
}

/** Some columns of the table. */
interface TableColumns {
  /** Their numbers. */
  readonly group: readonly number[]
  /** The coordinate of each that it may be equal to; undefined from the first draw on where it is not. */
  readonly untransformed: (number | undefined)[]
  /** Every so-manieth draw is kept. */
  readonly every: number
  /** Of all draws, where not all are kept. */
  readonly moments: readonly RunningMoments[]
}

async function tableColumns(
  { computeAt, value }: TableValues,
  { columns, rows, blocks }: ChainRows,
  { group, untransformed, every, moments }: TableColumns,
): Promise<Float64Array[]> {
  const kept = group.map(() => new Float64Array(Math.ceil(rows / every)))
  let row = 0
  for await (const block of blocks()) {
    for (let at = 0; at < block.length; at += columns.length, row++) {
      computeAt(block, at)
      if (every > 1) group.forEach((j, k) => moments[k]!.add(value(j)))
      if (row % every !== 0) continue
      for (let k = 0; k < group.length; k++) {
        const drawn = value(group[k]!)
        kept[k]![row / every] = drawn
        const coordinate = untransformed[k]
        if (coordinate !== undefined && block[at + coordinate] !== drawn) untransformed[k] = undefined
      }
    }
  }
  return kept
}

/** `known`: the convergence of a coordinate that these are the values of. */
function summaryOf(chains: readonly Float64Array[], known: Convergence | undefined): ParameterSummary {
  const { mean, sd, mcseMean, q5, q50, q95, essBulk, essTail, rhat } = describe(chains, known)
  return { mean, sd, mcseMean: orNull(mcseMean), q5, q50, q95, essBulk: orNull(essBulk), essTail: orNull(essTail), rhat: orNull(rhat) }
}
