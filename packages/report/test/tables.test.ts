import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import { asyncBufferFromFile, parquetReadObjects, parquetMetadataAsync } from 'hyparquet'
import { describe, expect, test } from 'vitest'

import { exportRun, toArrow, type ReadableRun } from '../src/index.js'
import { temporaryFolder } from './folders.js'
import { memoryRun, site, statisticsAt, valueAt } from './memory-run.js'

/** Names that break writers which do not quote, or quote wrongly. */
const AWKWARD = [
  'mu',
  'group effect',
  'beta[x]',
  '<b>bold</b>',
  'say "hi"',
  "it's",
  'a,b',
  'two\nlines',
  'Größe σ²',
  'a.b/c',
  ';drop',
  '$',
  ' lead',
]

const exported = async (run: ReadableRun, format: string): Promise<string> => {
  const out = join(await temporaryFolder(), `out.${format}`)
  await exportRun(run, { format, out })
  return out
}

interface JsonExport {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (number | boolean | string)[])[]
}

/** A table as rows of values by column, as each format's own reader gives it. */
const READERS: Readonly<
  Record<string, (path: string) => Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }>>
> = {
  async parquet(path) {
    const file = await asyncBufferFromFile(path)
    const columns = (await parquetMetadataAsync(file)).schema.slice(1).map(({ name }) => name)
    const rows = await parquetReadObjects({ file })
    return { columns, rows: rows.map(row => columns.map(name => row[name])) }
  },
  async arrow(path) {
    const table = tableFromIPC(await readFile(path))
    const columns = table.schema.fields.map(({ name }) => name)
    return { columns, rows: Array.from({ length: table.numRows }, (_, i) => columns.map((_, k) => table.getChildAt(k)!.get(i) as unknown)) }
  },
  async json(path) {
    const { columns, rows } = JSON.parse(await readFile(path, 'utf8')) as JsonExport
    return { columns, rows }
  },
}

describe.each(Object.keys(READERS))('%s', format => {
  test('keeps every draw and statistic to the last bit, and every name as it is', async () => {
    const run = memoryRun({ sites: [...AWKWARD.map(name => site(name)), site('L', [2, 3])], draws: 25 })
    const { columns, rows } = await READERS[format]!(await exported(run, format))
    const elements = [...AWKWARD, 'L[1,1]', 'L[1,2]', 'L[1,3]', 'L[2,1]', 'L[2,2]', 'L[2,3]']
    const statistics = ['lp__', 'accept_stat__', 'stepsize__', 'treedepth__', 'n_leapfrog__', 'divergent__', 'energy__']
    expect(columns).toEqual(['chain', 'draw', ...elements, ...statistics])
    const expected = [0, 1].flatMap(chain =>
      Array.from({ length: 25 }, (_, draw) => {
        const [energy, diverging, accept, steps, potential, stepSize, depth] = statisticsAt(chain, draw)
        return [
          chain,
          draw,
          ...elements.map((_, j) => valueAt(chain, draw, j)),
          -potential!,
          accept,
          stepSize,
          depth,
          steps,
          diverging === 1,
          energy,
        ]
      }),
    )
    expect(rows).toEqual(expected)
  })

  test('keeps numbers at the ends of their range, negative zero and what is not finite', async () => {
    const numbers = [0, -0, 5e-324, -Number.MAX_VALUE, 0.1 + 0.2, NaN, Infinity, -Infinity]
    const run = memoryRun({ sites: [site('x')], chains: 1, draws: numbers.length, statistics: false, value: (_, draw) => numbers[draw]! })
    const { rows } = await READERS[format]!(await exported(run, format))
    const asRead = format === 'json' ? numbers.map(x => (Number.isFinite(x) ? x : String(x))) : numbers
    rows.forEach(([, , x], i) => expect(Object.is(x, asRead[i]), `${String(x)} is ${String(asRead[i])}`).toBe(true))
  })

  test('refuses two columns of one name, and draws that are not on the constrained scale', async () => {
    await expect(exported(memoryRun({ sites: [site('draw')] }), format)).rejects.toMatchObject({ code: 'CHORALE_EXPORT_NAME' })
    await expect(exported(memoryRun({ sites: [site('b[1]'), site('b', [1])] }), format)).rejects.toMatchObject({
      code: 'CHORALE_EXPORT_NAME',
    })
    await expect(exported(memoryRun({ sites: [site('x')], scale: 'unconstrained' }), format)).rejects.toMatchObject({
      code: 'CHORALE_VALUES_MISSING',
    })
  })
})

test('DuckDB reads the Parquet file: names, types and sums', async () => {
  const path = await exported(memoryRun({ sites: AWKWARD.map(name => site(name)) }), 'parquet')
  const connection = await (await DuckDBInstance.create()).connect()
  const described = await connection.runAndReadAll(`describe select * from '${path}'`)
  expect(described.getRows().map(([name, type]) => [name, type])).toEqual([
    ['chain', 'INTEGER'],
    ['draw', 'INTEGER'],
    ...AWKWARD.map(name => [name, 'DOUBLE']),
    ['lp__', 'DOUBLE'],
    ['accept_stat__', 'DOUBLE'],
    ['stepsize__', 'DOUBLE'],
    ['treedepth__', 'INTEGER'],
    ['n_leapfrog__', 'INTEGER'],
    ['divergent__', 'BOOLEAN'],
    ['energy__', 'DOUBLE'],
  ])
  const read = await connection.runAndReadAll(`select "say ""hi""" from '${path}' where chain = 1 order by draw`)
  expect(read.getRows().map(([x]) => x)).toEqual(Array.from({ length: 20 }, (_, draw) => valueAt(1, draw, 4)))
  const metadata = await connection.runAndReadAll(
    `select decode(value) from parquet_kv_metadata('${path}') where decode(key) = 'chorale.seed'`,
  )
  expect(metadata.getRows()).toEqual([['42']])
})

test('toArrow gives the same table in memory, also of one shard', async () => {
  const table = await toArrow(memoryRun({ sites: [site('mu'), site('b', [2])], shards: [0, 1] }), { shard: 1 })
  expect([table.numRows, table.numCols]).toEqual([40, 12])
  expect(table.schema.metadata.get('chorale.shard')).toBe('1')
  expect(Array.from(table.getChild('b[2]')!.toArray() as Float64Array)).toEqual(
    [0, 1].flatMap(chain => Array.from({ length: 20 }, (_, draw) => valueAt(chain, draw, 2))),
  )
})

test('combined draws are one chain without statistics', async () => {
  const { columns, rows } = await READERS['parquet']!(await exported(memoryRun({ sites: [site('mu')], shards: [0, 1] }), 'parquet'))
  expect([columns, rows.length]).toEqual([['chain', 'draw', 'mu'], 20])
})

test('with parameters of shards a table has the draws that come with these, under their numbers', async () => {
  const run = memoryRun({
    sites: [site('mu')],
    shards: [0, 1],
    statistics: false,
    joint: { sites: [site('theta', [2])], draws: [0, 7, 14] },
  })
  const { columns, rows } = JSON.parse(await readFile(await exported(run, 'json'), 'utf8')) as JsonExport
  expect(columns).toEqual(['chain', 'draw', 'mu', 'theta[1]', 'theta[2]'])
  expect(rows).toEqual([0, 7, 14].map(draw => [0, draw, ...[0, 1, 2].map(j => valueAt(0, draw, j))]))
})
