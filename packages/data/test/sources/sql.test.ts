import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importDuckDb } from '../../src/sources/duckdb.js'
import { sql } from '../../src/sources/sql.js'
import { failureOf } from '../failure.js'
import { request as anyRequest } from '../request.js'
import { temporaryFolder } from '../temporary-folder.js'

const folder = temporaryFolder()
const request = (columns: string[], changes: Parameters<typeof anyRequest>[1] = {}) =>
  anyRequest(columns, { folder: folder.path, ...changes })

const absence = await importDuckDb(folder.path).then(
  () => undefined,
  (error: unknown) => (error as Error).message,
)

/** A package in the folder's node_modules that exports what the given source says. */
function installed(name: string, source: string): string {
  mkdirSync(join(folder.path, 'node_modules', name), { recursive: true })
  folder.write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './index.js' }))
  folder.write(`node_modules/${name}/index.js`, source)
  return name
}

describe('the DuckDB package', () => {
  it('that is not installed is named with the line that installs it', async () => {
    const error = await failureOf(importDuckDb(folder.path, '@duckdb/node-api-that-nobody-has'))
    expect(error.code).toBe('CHORALE_DUCKDB_NOT_INSTALLED')
    expect(error.details.fix).toBe('pnpm add @duckdb/node-api')
    expect(error.details.lookedIn).toContain(folder.path)
  })

  it('is found in the folder of the settings file', async () => {
    const name = installed('duckdb-fine', `export const version = () => 'v1.3.0'; export const DuckDBInstance = { create() {} }`)
    expect((await importDuckDb(folder.path, name)).version()).toBe('v1.3.0')
  })

  it.each([
    ['duckdb-old', `export const version = () => 'v1.1.3'; export const DuckDBInstance = { create() {} }`, 'v1.1.3'],
    ['duckdb-other', `export const Database = 1`, 'unknown version'],
    ['duckdb-broken', `import 'bindings-for-another-processor'`, 'does not load'],
  ])('that is installed but cannot be used is another error: %s', async (name, source, message) => {
    const error = await failureOf(importDuckDb(folder.path, installed(name, source)))
    expect(error.code).toBe('CHORALE_DUCKDB_UNUSABLE')
    expect(error.message).toContain(message)
  })
})

describe.skipIf(absence !== undefined)(`the rows of a query${absence === undefined ? '' : ` (skipped: ${absence})`}`, () => {
  const valuesOf = (table: Awaited<ReturnType<typeof sql.load>>): number[][] => table.columns.map(({ values }) => [...values])

  it('come in the order of the query, only the requested columns', async () => {
    const query = "SELECT i AS x, i % 3 AS g, i > 2 AS late, 'unused' AS u FROM range(5) t(i) ORDER BY i DESC; "
    const table = await sql.load({ query }, request(['late', 'x', 'g'], { factors: ['g'] }))
    expect(valuesOf(table)).toEqual([
      [1, 1, 0, 0, 0],
      [4, 3, 2, 1, 0],
      [1, 0, 2, 1, 0],
    ])
    expect(table.columns[2]!.labels).toEqual(['0', '1', '2'])
    expect(table.columns[0]!.values.buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  it('come from files in the settings folder', async () => {
    folder.write('towns.csv', 'town,y\nLyon,1.5\nBonn,2\n')
    const table = await sql.load({ query: "SELECT * FROM 'towns.csv'" }, request(['y', 'town'], { factors: ['town'] }))
    expect(valuesOf(table)).toEqual([
      [1.5, 2],
      [1, 0],
    ])
  })

  it('have decimals, dates and timestamps as numbers, as stored', async () => {
    const query = `SELECT 0.3::DECIMAL(9, 1) AS d, DATE '2020-01-01' AS day, TIMESTAMP '2001-01-01 00:01:00' AS at,
      TIMESTAMP_NS '2001-01-01 00:01:00' AS ns, TIMESTAMPTZ '2001-01-01 00:01:00+00' AS zoned -- a comment`
    const at = Date.UTC(2001, 0, 1, 0, 1)
    expect(valuesOf(await sql.load({ query }, request(['d', 'day', 'at', 'ns', 'zoned'])))).toEqual([
      [0.3],
      [Date.UTC(2020, 0, 1)],
      [at],
      [at],
      [at],
    ])
  })

  it('span many chunks, of which every n-th row is taken', async () => {
    const progress: number[] = []
    const table = await sql.load(
      { query: 'SELECT i::DOUBLE AS x FROM range(10000) t(i)' },
      request(['x'], { every: 7, onProgress: rows => progress.push(rows) }),
    )
    expect(valuesOf(table)).toEqual([Array.from({ length: 1429 }, (_, i) => 7 * i)])
    expect(progress.at(-1)).toBe(10_000)
  })

  it.each([
    ['SELECT 1 AS a', 'CHORALE_DATA_COLUMN_UNKNOWN', 'column "x"'],
    ['SELECT i AS x FROM range(3) t(i) WHERE i > 5', 'CHORALE_DATA_EMPTY', 'no rows'],
    ['SELECT CASE i WHEN 2 THEN NULL ELSE i END AS x FROM range(4) t(i)', 'CHORALE_DATA_MISSING', 'no value in row 2'],
    ["SELECT 'Bonn' AS x", 'CHORALE_DATA_NOT_NUMERIC', '"Bonn" in row 0'],
    ['SELECT 9007199254740993 AS x', 'CHORALE_DATA_INTEGER_TOO_LARGE', '9007199254740993'],
    ["SELECT * FROM 'absent.csv'", 'CHORALE_SQL_FAILED', 'absent.csv'],
    ['SELEC 1 AS x', 'CHORALE_SQL_FAILED', 'syntax error'],
  ])('%s is refused with %s', async (query, code, message) => {
    const error = await failureOf(sql.load({ query }, request(['x'])))
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
  })

  it('are dropped when something is missing, on request', async () => {
    const query = 'SELECT CASE i WHEN 2 THEN NULL ELSE i END AS x FROM range(4) t(i)'
    expect(await sql.load({ query }, request(['x'], { missing: 'drop' }))).toMatchObject({ rows: 3, dropped: 1 })
  })

  it('need a database that exists', async () => {
    const error = await failureOf(sql.load({ query: 'SELECT 1 AS x', database: 'none.db' }, request(['x'])))
    expect(error.code).toBe('CHORALE_DATA_FILE_NOT_FOUND')
  })

  it('stop with the reason of an abort, in the middle of a long query too', async () => {
    const reason = new Error('stop')
    const controller = new AbortController()
    setTimeout(() => controller.abort(reason), 100)
    const query = 'SELECT sum(a.i * b.i) AS x FROM range(1000000) a(i), range(1000000) b(i)'
    await expect(sql.load({ query }, request(['x'], { signal: controller.signal }))).rejects.toBe(reason)
  })
})
