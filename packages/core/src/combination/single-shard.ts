import { summarize } from '@chorale/diagnostics'

import type { BoundModel } from '../contracts/index.js'
import type { CompletedShard } from '../execution/shard-results.js'
import type { ParameterSummary } from '../pipeline/summary-schema.js'
import type { Warning } from '../run-event.js'
import { finiteTable, tableDraws } from './parameter-table.js'

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The table of a run with one shard: ordinary chains, with their own R-hat and effective sample sizes. Nothing is combined. */
export function singleShardTable(
  bound: BoundModel,
  { chains }: CompletedShard,
  warn: (warning: Warning) => void,
): Readonly<Record<string, ParameterSummary>> {
  const tables = chains.map(({ draws, dimension, positions }) => tableDraws(bound, { draws, dimension, values: positions }))
  const entries = tables[0]!.map(({ name }, j): [string, ParameterSummary] => {
    const { mean, sd, mcseMean, q5, q50, q95, essBulk, essTail, rhat } = summarize(tables.map(table => table[j]!.values))
    return [
      name,
      { mean, sd, mcseMean: orNull(mcseMean), q5, q50, q95, essBulk: orNull(essBulk), essTail: orNull(essTail), rhat: orNull(rhat) },
    ]
  })
  return finiteTable(entries, warn)
}
