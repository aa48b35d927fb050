/** A shard's rows as a model reads them, loaded once for all chains of the shard in this process. */
import type { Table } from '../contracts/data-source.js'
import { ChoraleError } from '../contracts/error.js'
import type { ShardData } from '../contracts/model.js'
import { readColumnsFile } from './columns-file.js'

/** Two shards: the one whose last chain is still running, and the next. */
const KEPT_SHARDS = 2

const loaded = new Map<string, Promise<ShardData>>()

/** Columns by name. */
export function toShardData(table: Table): ShardData {
  const byName = new Map(table.columns.map(column => [column.name, column.values]))
  return {
    rows: table.rows,
    column(name) {
      const values = byName.get(name)
      if (values) return values
      throw new ChoraleError('CHORALE_DATA_COLUMN_UNKNOWN', `The data have no column "${name}".`, {
        askedBy: 'the model',
        available: [...byName.keys()],
        fix: `list "${name}" in the model's dataNames, and check its spelling in the data`,
      })
    },
  }
}

/**
 * The rows of a shard from its columns file. Chains of one shard share them; at most two shards stay in memory.
 * @throws ChoraleError `CHORALE_DATA_DAMAGED`
 */
export function loadShard(path: string, digest: string): Promise<ShardData> {
  const key = `${digest} ${path}`
  const shard = loaded.get(key) ?? readColumnsFile(path, digest).then(toShardData)
  loaded.delete(key)
  loaded.set(key, shard)
  shard.catch(() => loaded.delete(key))
  for (const oldest of loaded.keys()) {
    if (loaded.size <= KEPT_SHARDS) break
    loaded.delete(oldest)
  }
  return shard
}
