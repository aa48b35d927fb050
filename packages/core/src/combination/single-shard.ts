import { summarize } from '@chorale/diagnostics'

import type { BoundModel } from '../contracts/index.js'
import { constrainDraws } from './parameter-table.js'
import type { CompletedShard } from '../execution/shard-results.js'
import type { ParameterSummary } from '../pipeline/summary-schema.js'

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The table of a run with one shard: ordinary chains, with their own R-hat and effective sample sizes. Nothing is combined. */
export function singleShardTable(bound: BoundModel, { chains }: CompletedShard): Readonly<Record<string, ParameterSummary>> {
  const tables = chains.map(({ draws, dimension, positions }) => constrainDraws(bound, { draws, dimension, values: positions }))
  return Object.fromEntries(
    tables[0]!.map(({ name }, j): [string, ParameterSummary] => {
      const { mean, sd, mcseMean, q5, q50, q95, essBulk, essTail, rhat } = summarize(tables.map(table => table[j]!.values))
      return [
        name,
        { mean, sd, mcseMean: orNull(mcseMean), q5, q50, q95, essBulk: orNull(essBulk), essTail: orNull(essTail), rhat: orNull(rhat) },
      ]
    }),
  )
}
