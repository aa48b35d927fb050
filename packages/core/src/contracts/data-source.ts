import type { Key } from './key.js'
import type { OptionsSchema } from './schema.js'

/** A column as it is read: numbers, or the integer codes of a factor with its labels in code order. */
export interface Column {
  readonly name: string
  /** On a SharedArrayBuffer, so that threads may read it without a copy. */
  readonly values: Float64Array
  /** Only for factors: `labels[code]`. */
  readonly labels?: readonly string[]
}

/** Columns with as many values each as there are rows. */
export interface Table {
  readonly rows: number
  readonly columns: readonly Column[]
}

/** What a data source is asked for. */
export interface DataRequest {
  /** The columns to read. */
  readonly columns: readonly string[]
  /** Those of them that hold categories: text or integers, turned into codes. Levels are sorted, so codes do not depend on the rows' order. */
  readonly factors: readonly string[]
  /** Take rows 0, n, 2n, ... */
  readonly every: number
  /** `error`: a null or NaN is refused, with its column and row. `drop`: rows with one in any requested column are left out, and counted. */
  readonly missing: 'error' | 'drop'
  /** Paths in options are relative to this folder. */
  readonly folder: string
  readonly signal: AbortSignal
  onProgress?(rowsRead: number): void
}

/** What a data source returns: the requested columns, in the order of the request. */
export interface LoadedTable extends Table {
  /** Rows left out because of `missing: 'drop'`. */
  readonly dropped: number
}

/** Reads rows from somewhere. */
export interface DataSourceDefinition<O = unknown> {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** File name endings, without the dot, that choose this source when the settings name none. */
  readonly extensions?: readonly string[]
  readonly options?: OptionsSchema<O>
  load(options: O, request: DataRequest): Promise<LoadedTable>
}

/** Adds types, returns its argument. */
export const defineDataSource = <O = unknown>(definition: DataSourceDefinition<O>): DataSourceDefinition<O> => definition

/** What a sharding strategy is asked. */
export interface ShardingRequest {
  readonly shards: number
  readonly rows: number
  readonly key: Key
  /** The values of the column that the strata or groups are made of; only where `needsColumn`. */
  readonly by?: Float64Array
}

/** A sharding strategy: which row goes to which shard. */
export interface SharderDefinition {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Works on groups or strata: the setting `sharding.by` must name a column. */
  readonly needsColumn: boolean
  /** Keeps all rows with the same value of that column in one shard, so that a model whose likelihood is a product over groups may be sharded. */
  readonly keepsGroups: boolean
  /** `assignment[row]` is the row's shard, 0 to shards - 1; every shard gets at least one row. */
  assign(request: ShardingRequest): Uint32Array
}

/** Adds types, returns its argument. */
export const defineSharder = (definition: SharderDefinition): SharderDefinition => definition
