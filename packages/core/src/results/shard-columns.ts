import { layout, type RunRecord } from '../run-directory/index.js'
import { readColumnsFile } from '../run-directory/columns-file.js'

/** One column of the rows of a shard. */
export interface DataColumn {
  readonly name: string
  readonly values: Float64Array
  /** Of a factor, whose values are codes from 0. */
  readonly labels?: readonly string[]
  /** Whether it has the name of an observed site of the model. */
  readonly observed: boolean
}

export interface ShardColumns {
  readonly shard: number
  readonly rows: number
  readonly columns: readonly DataColumn[]
}

/** The rows of each shard in turn, as they were planned; one shard is in memory at a time. @throws ChoraleError `CHORALE_DATA_DAMAGED` */
export async function* shardColumns(run: string, record: RunRecord | undefined): AsyncGenerator<ShardColumns> {
  if (!record) return
  const observed = new Set(record.kernels.map(({ site }) => site))
  for (const { id, digest } of record.plan.shards) {
    const { rows, columns } = await readColumnsFile(layout.shardFile(run, record.data.directory, id), digest)
    yield { shard: id, rows, columns: columns.map(column => ({ ...column, observed: observed.has(column.name) })) }
  }
}
