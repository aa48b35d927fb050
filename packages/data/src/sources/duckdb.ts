import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ChoraleError } from '@chorale/core/contracts'

/** The part of `@duckdb/node-api` that is used: `@chorale/data` must compile and run where it is not installed. */
export interface DuckDb {
  version(): string
  readonly DuckDBInstance: { create(path: string, options: Record<string, string>): Promise<DuckDbInstance> }
}
export interface DuckDbInstance {
  connect(): Promise<DuckDbConnection>
  closeSync(): void
}
export interface DuckDbConnection {
  stream(sql: string): Promise<DuckDbResult>
  interrupt(): void
  closeSync(): void
}
export interface DuckDbResult {
  columnNames(): string[]
  columnTypesJson(): unknown
  fetchChunk(): Promise<DuckDbChunk | null>
}
export interface DuckDbChunk {
  readonly rowCount: number
  getColumnValues(column: number): readonly unknown[]
}

const PACKAGE = '@duckdb/node-api'
/** Has all of the interface above. */
const OLDEST = '1.3'

/**
 * Loads DuckDB: the copy beside this package, otherwise one in the settings file's folder.
 *
 * Throws CHORALE_DUCKDB_NOT_INSTALLED when there is none, and CHORALE_DUCKDB_UNUSABLE when it fails to load or is older than 1.3.
 */
export async function importDuckDb(folder: string, specifier: string = PACKAGE): Promise<DuckDb> {
  const duckDb = await importFrom(folder, specifier)
  const found = typeof duckDb.version === 'function' ? duckDb.version() : 'an unknown version'
  if (isTooOld(found) || typeof duckDb.DuckDBInstance?.create !== 'function') {
    throw new ChoraleError('CHORALE_DUCKDB_UNUSABLE', `${PACKAGE} is installed, but it is ${found}; ${OLDEST} or later is needed.`, {
      lookedIn: folder,
      fix: `pnpm add ${PACKAGE}@latest`,
    })
  }
  return duckDb
}

async function importFrom(folder: string, specifier: string): Promise<DuckDb> {
  const target = resolveFrom(folder, specifier)
  if (target === undefined) {
    throw new ChoraleError('CHORALE_DUCKDB_NOT_INSTALLED', `SQL sources need DuckDB, which is not installed (package ${PACKAGE}).`, {
      askedBy: 'data.source: sql',
      lookedIn: `${folder}, and beside @chorale/data`,
      fix: `pnpm add ${PACKAGE}`,
    })
  }
  try {
    const loaded = (await import(target)) as DuckDb & { default?: DuckDb }
    return loaded.default ?? loaded
  } catch (cause) {
    throw new ChoraleError(
      'CHORALE_DUCKDB_UNUSABLE',
      `${PACKAGE} is installed, but does not load: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`,
      { lookedIn: target, fix: `pnpm add ${PACKAGE}@latest, on the operating system and processor that will use it`, cause },
    )
  }
}

function resolveFrom(folder: string, specifier: string): string | undefined {
  for (const from of [import.meta.url, pathToFileURL(join(folder, 'settings.js')).href]) {
    try {
      return pathToFileURL(createRequire(from).resolve(specifier)).href
    } catch {
      continue
    }
  }
  return undefined
}

function isTooOld(found: string): boolean {
  const [major = NaN, minor = NaN] = found.replace(/^v/, '').split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST.split('.').map(Number)
  return !(major > oldestMajor || (major === oldestMajor && minor >= oldestMinor))
}
