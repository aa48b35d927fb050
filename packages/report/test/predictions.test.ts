import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { describe, expect, test } from 'vitest'

import { exportRun, type ReadableRun } from '../src/index.js'
import { temporaryFolder } from './folders.js'
import { memoryPredictions, memoryRun, site } from './memory-run.js'

/** Rows of two shards. */
const ROWS = [2, 3]
const value = (shard: number, draw: number, i: number): number => Math.sin(1 + 100 * shard + 7 * draw + i)

/** The log likelihood at these draws of 20, and of simulated data a value for each row and one for each shard, at draws 0 and 4. */
const predicted = (draws: readonly number[]): ReadableRun =>
  memoryRun({
    sites: [site('mu')],
    shards: [0, 1],
    predictions: {
      logLikelihood: memoryPredictions({ name: 'y', byRow: true }, ROWS, draws, value),
      predictive: memoryPredictions({ name: 'total', byRow: false }, ROWS, [0, 4], (shard, draw, i) => -value(shard, draw, i)),
    },
  })

const ALL = Array.from({ length: 20 }, (_, draw) => draw)
const expectedRows = (draws: readonly number[]) =>
  draws.flatMap(draw =>
    ROWS.flatMap((rows, shard) => Array.from({ length: rows }, (_, i) => [0, draw, 2 * shard + i, value(shard, draw, i)])),
  )

const exported = async (run: ReadableRun, format: string, name: string) => {
  const folder = await temporaryFolder()
  return { folder, result: await exportRun(run, { format, out: join(folder, name) }) }
}

test('Parquet: a file for each kind beside that of the draws, which DuckDB reads together', async () => {
  const { folder, result } = await exported(predicted([0, 4]), 'parquet', 'out.parquet')
  const [likelihood, total] = ['out-log-likelihood.parquet', 'out-posterior-predictive-total.parquet'].map(name => join(folder, name))
  expect(result).toMatchObject({ predictions: [likelihood, total], missing: [] })
  const connection = await (await DuckDBInstance.create()).connect()
  const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()
  expect((await read(`describe select * from '${likelihood}'`)).map(([name, type]) => [name, type])).toEqual([
    ['chain', 'INTEGER'],
    ['draw', 'INTEGER'],
    ['row', 'INTEGER'],
    ['y', 'DOUBLE'],
  ])
  expect(await read(`select * from '${likelihood}' order by draw, "row"`)).toEqual(expectedRows([0, 4]))
  expect(await read(`select draw, "index", total from '${total}' order by 1, 2`)).toEqual(
    [0, 4].flatMap(draw => [0, 1].map(shard => [draw, shard, -value(shard, draw, 0)])),
  )
  const joined = await read(`select count(*) from '${likelihood}' join '${join(folder, 'out.parquet')}' using (chain, draw)`)
  expect(joined).toEqual([[10n]])
})

test.each(['arrow', 'json'])('%s: the same table, to the last bit', async format => {
  const { folder } = await exported(predicted([0, 4]), format, `out.${format}`)
  const path = join(folder, `out-log-likelihood.${format}`)
  const rows =
    format === 'json'
      ? (JSON.parse(await readFile(path, 'utf8')) as { rows: number[][] }).rows
      : tableFromIPC(await readFile(path))
          .toArray()
          .map(row => Object.values((row as { toJSON(): Record<string, number> }).toJSON()))
  expect([...rows].sort((a, b) => a[1]! - b[1]! || a[2]! - b[2]!)).toEqual(expectedRows([0, 4]))
})

test('a table of more rows than are in memory at a time', async () => {
  const run = memoryRun({
    sites: [site('mu')],
    predictions: { logLikelihood: memoryPredictions({ name: 'y', byRow: true }, [40_000], [0, 1, 2], (_, draw, i) => 1e6 * draw + i) },
  })
  const { result } = await exported(run, 'parquet', 'out.parquet')
  const connection = await (await DuckDBInstance.create()).connect()
  const read = await connection.runAndReadAll(`select count(*), max(abs(y - 1e6 * draw - "row")) from '${result.predictions![0]}'`)
  expect(read.getRows()).toEqual([[120_000n, 0]])
})

describe('CmdStan CSV', () => {
  const rowsOf = async (path: string): Promise<readonly (readonly string[])[]> =>
    (await readFile(path, 'utf8')).split('\n').flatMap(line => (line === '' || line.startsWith('#') ? [] : [line.split(',')]))

  test('generated quantities beside the parameters, where there are some for each draw', async () => {
    const run = predicted(ALL)
    const { folder } = await exported(run, 'cmdstan', 'out')
    const [header, ...rows] = await rowsOf(join(folder, 'out', `${run.id}_1.csv`))
    expect(header!.slice(-6)).toEqual(['mu', 'log_lik.1', 'log_lik.2', 'log_lik.3', 'log_lik.4', 'log_lik.5'])
    expect(rows.map(row => row.slice(-5).map(Number))).toEqual(
      ALL.map(draw => [0, 1].flatMap(shard => Array.from({ length: ROWS[shard]! }, (_, i) => value(shard, draw, i)))),
    )
  })

  test('files of their own, where there are not, with the numbers of the draws; DuckDB reads them', async () => {
    const run = predicted([0, 4])
    const { folder } = await exported(run, 'cmdstan', 'out')
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(
      ['', '_log_lik', '_posterior_predictive'].map(kind => `${run.id}${kind}_1.csv`),
    )
    const path = join(folder, 'out', `${run.id}_posterior_predictive_1.csv`)
    expect(await readFile(path, 'utf8')).toContain(`# Draws of ${run.id}_1.csv, from 0: 0, 4\n`)
    const connection = await (await DuckDBInstance.create()).connect()
    const read = await connection.runAndReadAll(
      `select "total_rep.1", "total_rep.2" from read_csv('${path}', comment = '#', header = true)`,
    )
    expect(read.getRows()).toEqual([0, 4].map(draw => [0, 1].map(shard => -value(shard, draw, 0))))
  })

  test('beside draws of which only some were kept, lines of their file are named, not numbers of draws', async () => {
    const run = memoryRun({
      sites: [site('mu')],
      shards: [0, 1],
      joint: { sites: [site('theta', [2])], draws: [0, 8, 16, 24] },
      predictions: { predictive: memoryPredictions({ name: 'y', byRow: true }, ROWS, [8, 24], value) },
    })
    const { folder } = await exported(run, 'cmdstan', 'out')
    const text = await readFile(join(folder, 'out', `${run.id}_posterior_predictive_1.csv`), 'utf8')
    expect(text).toContain(`# Draws of ${run.id}_1.csv, from 0: 1, 3\n`)
  })

  test('warm-up has zeros, and the columns of each row are as many', async () => {
    const run = memoryRun({
      sites: [site('mu')],
      chains: 1,
      warmup: 3,
      predictions: { logLikelihood: memoryPredictions({ name: 'y', byRow: true }, [2], ALL, value) },
    })
    const { folder } = await exported(run, 'cmdstan', 'out')
    const [header, ...rows] = await rowsOf(join(folder, 'out', `${run.id}_1.csv`))
    expect(rows).toHaveLength(23)
    expect(new Set(rows.map(row => row.length))).toEqual(new Set([header!.length]))
    expect(rows[2]!.slice(-2)).toEqual(['0', '0'])
    expect(rows[3]!.slice(-2).map(Number)).toEqual([value(0, 0, 0), value(0, 0, 1)])
  })

  test('what text has no place for is named: a name that is taken, more columns than readers bear', async () => {
    const run = memoryRun({
      sites: [site('log_lik')],
      predictions: {
        logLikelihood: memoryPredictions({ name: 'y', byRow: true }, [2], ALL, value),
        predictive: memoryPredictions({ name: 'y', byRow: true }, [100_001], [0], value),
      },
    })
    const { result } = await exported(run, 'cmdstan', 'out')
    expect(result.missing.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      expect.stringMatching(/^log_lik of "y": .*another site has it; netcdf or parquet/),
      expect.stringMatching(/^posterior_predictive: 100001 numbers in 100001 columns/),
    ])
  })
})

test('a shard has no predictions of its own', async () => {
  const folder = await temporaryFolder()
  await exportRun(predicted([0]), { format: 'parquet', shard: 1, out: join(folder, 'out.parquet') })
  expect(await readdir(folder)).toEqual(['out.parquet'])
})

test('a file of predictions that is there already is not replaced, and nothing is written', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'out-log-likelihood.json'), 'mine')
  await expect(exportRun(predicted([0]), { format: 'json', out: join(folder, 'out.json') })).rejects.toMatchObject({
    code: 'CHORALE_EXPORT_EXISTS',
  })
  expect(await readdir(folder)).toEqual(['out-log-likelihood.json'])
})

test('why predictions could not be computed is said with every format', async () => {
  const why = { what: 'log likelihood of rows', why: 'too large' }
  const run: ReadableRun = {
    ...memoryRun({ sites: [site('mu')] }),
    findPredictions: async kind => ({ predictions: undefined, missing: kind === 'logLikelihood' ? [why] : [] }),
  }
  for (const format of ['netcdf', 'cmdstan', 'parquet', 'json']) expect((await exported(run, format, 'out')).result.missing).toEqual([why])
})
