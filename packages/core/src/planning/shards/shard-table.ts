import { ChoraleError, type Column, type Key, type ShardingRequest, type Table } from '../../contracts/index.js'
import type { Found } from '../../plugins/index.js'

/** The first rows of a table, sharing its memory. */
export function head(table: Table, rows: number): Table {
  const kept = Math.min(rows, table.rows)
  return { rows: kept, columns: table.columns.map(column => ({ ...column, values: column.values.subarray(0, kept) })) }
}

/** How many different values a column has; without the column nothing limits the number of groups. */
export function distinct(table: Table, column: string | undefined): number {
  const values = table.columns.find(({ name }) => name === column)?.values
  return values === undefined ? Infinity : new Set(values).size
}

/**
 * What a sharding strategy returned, if every row is in one shard and every shard has a row: a row that a strategy forgets would be missing from the
 * posterior without a trace.
 */
export function checkedAssignment(assignment: Uint32Array, { rows, shards }: ShardingRequest, strategy: string): Uint32Array {
  const sizes = new Float64Array(shards)
  const outside = assignment.find(shard => shard >= shards)
  for (const shard of assignment) if (shard < shards) sizes[shard]!++
  const problem =
    assignment.length !== rows
      ? `${assignment.length} of ${rows} rows`
      : outside !== undefined
        ? `shard ${outside}, where shards are numbered from 0 to ${shards - 1}`
        : sizes.includes(0)
          ? `no row to shard ${sizes.indexOf(0)}`
          : undefined
  if (problem === undefined) return assignment
  throw new ChoraleError('CHORALE_SHARDER_BROKEN', `The sharding strategy "${strategy}" assigned ${problem}`, {
    askedBy: 'sharding.strategy',
    fix: 'sharding.strategy: random, and report this to the author of the strategy',
  })
}

export interface AssignmentRequest {
  readonly shards: number
  /** The column of strata or groups, where the settings name one. */
  readonly by: string | undefined
  readonly key: Key
  /** Where the settings name the strategy, for messages. */
  readonly askedBy: string
}

/** The shard of each row. Throws `CHORALE_SHARDING_NEEDS_COLUMN`, and what `checkedAssignment` throws. */
export function assignRows(table: Table, { definition }: Found<'sharder'>, { shards, by, key, askedBy }: AssignmentRequest): Uint32Array {
  if (definition.needsColumn && by === undefined) {
    throw new ChoraleError(
      'CHORALE_SHARDING_NEEDS_COLUMN',
      `The sharding strategy "${definition.name}" works on a column, and none is named`,
      { askedBy, fix: 'sharding.by: <column>' },
    )
  }
  const values = table.columns.find(column => column.name === by)?.values
  const request = { shards, rows: table.rows, key, ...(definition.needsColumn && values ? { by: values } : {}) }
  return checkedAssignment(definition.assign(request), request, definition.name)
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
