import type { Column, Table } from '../contracts/index.js'

/** The first rows of a table, sharing its memory. */
export function head(table: Table, rows: number): Table {
  const kept = Math.min(rows, table.rows)
  return { rows: kept, columns: table.columns.map(column => ({ ...column, values: column.values.subarray(0, kept) })) }
}

/** The rows of each shard, in the order of the table. One pass orders all rows by shard; each shard is then gathered from its own slice. */
export function* shardTables(table: Table, assignment: Uint32Array, shards: number): Generator<Table> {
  const ends = new Uint32Array(shards)
  for (const shard of assignment) ends[shard]!++
  for (let shard = 1; shard < shards; shard++) ends[shard]! += ends[shard - 1]!
  const order = new Uint32Array(assignment.length)
  for (let row = assignment.length - 1; row >= 0; row--) order[--ends[assignment[row]!]!] = row
  for (let shard = 0; shard < shards; shard++) yield gather(table, order.subarray(ends[shard], ends[shard + 1] ?? order.length))
}

function gather(table: Table, rows: Uint32Array): Table {
  const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, row => values[row]!)
  return { rows: rows.length, columns: table.columns.map((column): Column => ({ ...column, values: pick(column.values) })) }
}
