import type { ShardData, Table } from '../../contracts/index.js'
import { toShardData, type WrittenData } from '../../run-directory/index.js'

/** Shards, and the rows of the first. */
export interface MeasuredShards {
  readonly data: WrittenData
  readonly shard: ShardData
}

/** Goes through the shards as if they were written: rows and bytes of each, and no digests. Keeps the rows of the first only. */
export function measureShards(tables: Iterable<Table>): MeasuredShards {
  const shards: WrittenData['shards'][number][] = []
  let first: ShardData | undefined
  for (const table of tables) {
    first ??= toShardData(table)
    const { rows, columns } = table
    shards.push({ id: shards.length, rows, bytes: columns.length * rows * Float64Array.BYTES_PER_ELEMENT, digest: '' })
  }
  return { data: { directory: '', fingerprint: '', shards }, shard: first! }
}
