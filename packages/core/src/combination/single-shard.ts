import { describe, runningMoments, type RunningMoments } from '@chorale/diagnostics'

import type { BoundModel } from '../contracts/index.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import { columnGroups } from '../gates/thinning.js'
import type { ParameterSummary } from '../pipeline/summary-schema.js'
import type { ChainRows } from '../run-directory/index.js'
import type { Warning } from '../run-event.js'
import { finiteTable, tableNames, tableValues, type TableValues } from './parameter-table.js'

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/**
 * The table of a run with one shard: ordinary chains, with their own R-hat and effective sample sizes. Nothing is combined. Draws are read a few columns of
 * the table at a time. Where diagnostics are of every m-th draw, so are the quantiles and standard errors; means and standard deviations are of all.
 */
export async function singleShardTable(
  bound: BoundModel,
  { chains, health: { thinned } }: Pick<CompletedShard, 'chains' | 'health'>,
  warn: (warning: Warning) => void,
): Promise<Readonly<Record<string, ParameterSummary>>> {
  const names = tableNames(bound)
  const values = tableValues(bound)
  const entries: [string, ParameterSummary][] = []
  for (const group of columnGroups(names.length, chains, thinned)) {
    const moments = group.map(() => runningMoments())
    const read: Float64Array[][] = []
    for (const chain of chains) read.push(await tableColumns(values, chain, group, thinned, moments))
    group.forEach((j, k) => {
      const found = summaryOf(read.map(columns => columns[k]!))
      const { mean, variance } = moments[k]!
      entries.push([names[j]!, thinned > 1 ? { ...found, mean, sd: Math.sqrt(variance) } : found])
    })
  }
  return finiteTable(entries, warn)
}

/** Some columns of the table at every so-manieth draw of a chain; where that is not every draw, the moments are of all of them. */
async function tableColumns(
  { computeAt, value }: TableValues,
  { columns, rows, blocks }: ChainRows,
  group: readonly number[],
  every: number,
  moments: readonly RunningMoments[],
): Promise<Float64Array[]> {
  const kept = group.map(() => new Float64Array(Math.ceil(rows / every)))
  let row = 0
  for await (const block of blocks()) {
    for (let at = 0; at < block.length; at += columns.length, row++) {
      computeAt(block, at)
      if (every > 1) group.forEach((j, k) => moments[k]!.add(value(j)))
      if (row % every === 0) group.forEach((j, k) => (kept[k]![row / every] = value(j)))
    }
  }
  return kept
}

function summaryOf(chains: readonly Float64Array[]): ParameterSummary {
  const { mean, sd, mcseMean, q5, q50, q95, essBulk, essTail, rhat } = describe(chains)
  return { mean, sd, mcseMean: orNull(mcseMean), q5, q50, q95, essBulk: orNull(essBulk), essTail: orNull(essTail), rhat: orNull(rhat) }
}
