import { ChoraleError, type ShardingRequest } from '@chorale/core/contracts'

/** Throws CHORALE_SHARDING_TOO_MANY_SHARDS when some shard could not have a row. */
export function requireEnoughRows({ shards, rows }: ShardingRequest): void {
  if (shards <= rows) return
  throw new ChoraleError(
    'CHORALE_SHARDING_TOO_MANY_SHARDS',
    `${shards} shards were asked for, but there are only ${rows} ${rows === 1 ? 'row' : 'rows'}; every shard needs at least one.`,
    { askedBy: 'sharding.shards', fix: `sharding.shards: ${Math.max(rows, 1)} or fewer` },
  )
}
