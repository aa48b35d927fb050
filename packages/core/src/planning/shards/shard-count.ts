/** What the number of shards depends on: data and settings, never cores or memory, so that a run has the same shards everywhere. */
export interface ShardCountRequest {
  readonly rows: number
  /** Unconstrained dimension of the model. */
  readonly dimension: number
  readonly shards: number | 'auto'
  readonly rowsPerShard: number | 'auto'
  readonly minRowsPerShard: number
  readonly minRowsPerParameter: number
  /** With fewer rows `auto` means one shard. */
  readonly minRows: number
  readonly enable: 'auto' | 'always' | 'never'
}

/** The error of every combiner that works from moments grows with sqrt K: `auto` stops here. */
export const MAX_AUTO_SHARDS = 1000

/**
 * Rows per shard before the floors, at N rows: grows with sqrt N, so that both the number of shards and their size grow with the data. Not rounded:
 * a rounded size would make K fall by one where it rounds up.
 */
const automaticRowsPerShard = (rows: number): number => 25 * Math.sqrt(rows)

/**
 * The number of shards K for N rows and d unconstrained dimensions. A number in the settings is taken as it is, and rowsPerShard gives
 * K = ceil(N / rowsPerShard). Otherwise:
 *
 *     K = 1                                     if N < minRows, or sharding is disabled
 *     size = max(25 sqrt(N), minRowsPerShard, minRowsPerParameter * d)
 *     K = min(max(1, floor(N / size)), 1000)
 */
export function shardCount(request: ShardCountRequest): number {
  const { rows, dimension, shards, rowsPerShard, enable } = request
  if (enable === 'never') return 1
  if (shards !== 'auto') return shards
  if (rowsPerShard !== 'auto') return Math.max(1, Math.ceil(rows / rowsPerShard))
  if (rows < request.minRows && enable === 'auto') return 1
  const size = Math.max(automaticRowsPerShard(rows), request.minRowsPerShard, request.minRowsPerParameter * dimension)
  return Math.min(Math.max(1, Math.floor(rows / size)), MAX_AUTO_SHARDS)
}
