import { ChoraleError, type Table } from '../../contracts/index.js'
import type { Found } from '../../plugins/index.js'
import { runKey } from '../../run-key.js'
import { askedBy } from '../../settings/asked-by.js'
import type { LoadedSettings } from '../../settings/load.js'
import { flatCoordinates } from '../flat-priors/flat-prior.js'
import { isLocal } from '../local-parameters.js'
import type { PreparedModel } from '../prepare-model.js'
import { shardCount } from './shard-count.js'
import { assignRows, distinct, shardTables } from './shard-table.js'
import type { Trial } from '../try-model.js'

/** A table that is to be cut, and what decides how. */
export interface TableCut {
  readonly loaded: LoadedSettings
  readonly table: Table
  readonly prepared: Pick<PreparedModel, 'model' | 'name'>
  readonly trial: Trial
  readonly sharder: Found<'sharder'>
}

/** The number of shards. Unless they are asked for, rows that belong together stay so. Throws `CHORALE_SHARDING_TOO_MANY_SHARDS`. */
export function countShards({ loaded, table, prepared, trial, sharder }: TableCut): number {
  const { sharding } = loaded.settings
  const unasked = sharding.shards === 'auto' && sharding.rowsPerShard === 'auto'
  const whole = prepared.model.rows === 'joint' || trial.bound.parameters.some(isLocal)
  if (unasked && whole) return 1
  const wanted = shardCount({ ...sharding, rows: table.rows, dimension: trial.bound.dimension })
  const groups = unasked && sharder.definition.keepsGroups ? distinct(table, sharding.by) : Infinity
  const shards = Math.min(wanted, groups)
  if (shards <= table.rows) return shards
  throw new ChoraleError('CHORALE_SHARDING_TOO_MANY_SHARDS', `${shards} shards were asked for, but there are only ${table.rows} rows`, {
    askedBy: `${askedBy(loaded, 'sharding.shards')} (${sharder.definition.name})`,
    fix: 'sharding.shards: auto',
  })
}

/** The rows of each shard, made when it is asked for. Throws as `assignRows`. */
export function cutTable({ loaded, table, sharder }: Pick<TableCut, 'loaded' | 'table' | 'sharder'>, shards: number): Iterable<Table> {
  const { sharding, sampling } = loaded.settings
  const key = runKey(sampling.seed, 'sharding')
  const assignment = assignRows(table, sharder, { shards, by: sharding.by, key, askedBy: askedBy(loaded, 'sharding.strategy') })
  return shardTables(table, assignment, shards)
}

/** The same, of several shards each once it is found to determine the parameters with a flat prior. */
export async function cutIdentifiedTable(cut: TableCut, shards: number): Promise<Iterable<Table>> {
  const { loaded, prepared, trial } = cut
  const tables = cutTable(cut, shards)
  const coordinates = flatCoordinates(trial.bound.parameters).length
  if (shards === 1 || coordinates === 0) return tables
  const { identifiedShards } = await import('../flat-priors/check-flat-priors.js')
  const key = runKey(loaded.settings.sampling.seed, 'flatPriors')
  return identifiedShards(tables, { model: prepared.model, summary: trial.summary, shards, module: prepared.name, key, coordinates })
}
