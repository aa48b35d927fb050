import { describe, expect, it } from 'vitest'
import type { Column, DataRequest, DataSourceDefinition, LoadedTable } from '@chorale/core/contracts'
import { checkDataSource, formatReport, type DataSourceSample } from '../src/index.js'
import { failuresOf } from './failures-of.js'

type Rows = Readonly<Record<string, readonly (number | string | null)[]>>

const columns = { delay: [3.5, -1, 0, 12, 7, 1e-9], carrier: ['UA', 'AA', 'UA', 'DL', 'AA', 'UA'] }
const sample: DataSourceSample = {
  options: { rows: columns },
  folder: '.',
  columns,
  withMissing: { options: { rows: { delay: [1, null, 3, 4, null, 6], carrier: columns.carrier } }, dropped: 2 },
}

const shared = (values: readonly number[]): Float64Array => {
  const array = new Float64Array(new SharedArrayBuffer(values.length * 8))
  array.set(values)
  return array
}

function columnOf(name: string, values: readonly (number | string | null)[], request: DataRequest): Column {
  if (!request.factors.includes(name)) return { name, values: shared(values as readonly number[]) }
  const labels = [...new Set(values.map(String))].sort()
  return { name, labels, values: shared(values.map(value => labels.indexOf(String(value)))) }
}

/** Rows given in the options: a source that keeps the contract. */
const inline: DataSourceDefinition<{ rows: Rows }> = {
  name: 'inline',
  summary: 'Rows in the settings',
  extensions: ['json'],
  async load({ rows }, request): Promise<LoadedTable> {
    request.signal.throwIfAborted()
    for (const name of request.columns) if (!(name in rows)) throw new Error(`there is no column "${name}"`)
    const all = rows[request.columns[0]!]!.map((_, row) => row).filter(row => row % request.every === 0)
    const kept = all.filter(row => request.columns.every(name => rows[name]![row] !== null))
    if (kept.length < all.length && request.missing === 'error') throw new Error('a value is missing')
    const table = request.columns.map(name =>
      columnOf(
        name,
        kept.map(row => rows[name]![row]!),
        request,
      ),
    )
    return { rows: kept.length, columns: table, dropped: all.length - kept.length }
  },
}

const changed = (change: (table: LoadedTable, request: DataRequest) => LoadedTable): typeof inline => ({
  ...inline,
  load: async (options, request) => change(await inline.load(options, request), request),
})

const asking = (change: (request: DataRequest) => DataRequest): typeof inline => ({
  ...inline,
  load: (options, request) => inline.load(options, change(request)),
})

const mapColumns = (table: LoadedTable, change: (column: Column) => Column): LoadedTable => ({
  ...table,
  columns: table.columns.map(change),
})

describe('the data source suite', () => {
  it('passes a source that keeps the contract', async () => {
    const report = await checkDataSource(inline, { sample })
    expect(failuresOf(report), formatReport(report)).toEqual([])
    expect(report.checks.every(({ status }) => status === 'passed')).toBe(true)
  })

  const READS = 'reads every value'
  const MISSING = 'refuses a missing value, or drops and counts its row'
  const FACTORS = 'numbers the levels of a factor in sorted order'
  const flawed: readonly { readonly flaw: string; readonly source: typeof inline; readonly caughtBy: readonly string[] }[] = [
    { flaw: 'a dot in an extension', source: { ...inline, extensions: ['.json'] }, caughtBy: ['lists file name endings without the dot'] },
    {
      flaw: 'columns in an order of its own',
      source: asking(request => ({ ...request, columns: [...request.columns].sort().reverse() })),
      caughtBy: ['reads the requested columns, in their order'],
    },
    {
      flaw: 'rounded values',
      source: changed(table => mapColumns(table, column => ({ ...column, values: column.values.map(Math.fround) }))),
      caughtBy: [READS, 'hands columns over as shared memory'],
    },
    {
      flaw: 'memory that is not shared',
      source: changed(table => mapColumns(table, column => ({ ...column, values: Float64Array.from(column.values) }))),
      caughtBy: ['hands columns over as shared memory'],
    },
    {
      flaw: 'levels in order of appearance',
      source: changed(table =>
        mapColumns(table, column =>
          column.labels
            ? {
                ...column,
                labels: column.labels.toReversed(),
                values: shared([...column.values].map(code => column.labels!.length - 1 - code)),
              }
            : column,
        ),
      ),
      caughtBy: [FACTORS],
    },
    { flaw: 'deafness to every', source: asking(request => ({ ...request, every: 1 })), caughtBy: ['takes every n-th row from the first'] },
    { flaw: 'rows dropped in silence', source: asking(request => ({ ...request, missing: 'drop' })), caughtBy: [MISSING] },
    { flaw: 'dropped rows not counted', source: changed(table => ({ ...table, dropped: 0 })), caughtBy: [MISSING] },
    {
      flaw: 'a column that is not there left out',
      source: asking(request => ({ ...request, columns: request.columns.filter(name => name in columns) })),
      caughtBy: ['refuses an unknown column by name'],
    },
    {
      flaw: 'deafness to the signal',
      source: asking(request => ({ ...request, signal: new AbortController().signal })),
      caughtBy: ['does not read once it is aborted'],
    },
  ]

  it.each(flawed)('catches $flaw', async ({ source, caughtBy }) => {
    expect(failuresOf(await checkDataSource(source, { sample }))).toEqual(caughtBy)
  })
})
