import type { ShardData } from '@chorale/core/contracts'

import { checkedColumn } from './checked-column.js'
import type { Summaries } from './summaries.js'

/** Where a trace of the model takes its data from: the rows of a shard, a block of all rows, or made-up rows. */
export interface ColumnSource {
  readonly rows: number
  /** Number of the first row in the table that messages name rows of. */
  readonly firstRow: number
  /** Made-up numbers fit no support and no domain: nothing is checked. */
  readonly isReal: boolean
  /** Finite numbers, one a row. */
  column(name: string): Float64Array
  readonly summaries: Summaries
  /** Told when the number of levels of an index is read. */
  onLevelsRead?(index: string): void
}

/** The rows of a shard as they are. */
export const shardSource = (data: ShardData, summaries: Summaries): ColumnSource => ({
  rows: data.rows,
  firstRow: 0,
  isReal: true,
  column: name => checkedColumn(data, name),
  summaries,
})

/** Rows `from` to `to - 1`, without a copy. `checked`: columns that need not be looked at again. */
export function blockSource(
  data: ShardData,
  summaries: Summaries,
  from: number,
  to: number,
  checked: ReadonlyMap<string, Float64Array> = new Map(),
): ColumnSource {
  const isWhole = from === 0 && to === data.rows
  const part = (values: Float64Array): Float64Array => (isWhole ? values : values.subarray(from, to))
  return {
    rows: to - from,
    firstRow: from,
    isReal: true,
    column: name => part(checked.get(name) ?? checkedColumn(data, name)),
    summaries,
  }
}
