import { describe, expect, it } from 'vitest'
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import type { SchemaElement } from 'hyparquet'
import { parquet } from '../../src/sources/parquet.js'
import { failureOf } from '../failure.js'
import { request as anyRequest } from '../request.js'
import { temporaryFolder } from '../temporary-folder.js'

const folder = temporaryFolder()
const request = (columns: string[], changes: Parameters<typeof anyRequest>[1] = {}) =>
  anyRequest(columns, { folder: folder.path, ...changes })

function write(name: string, columnData: ColumnSource[], rowGroupSize = 4, schema?: SchemaElement[]): string {
  const buffer = parquetWriteBuffer({ columnData, rowGroupSize, ...(schema === undefined ? {} : { schema }) })
  return folder.write(name, new Uint8Array(buffer))
}

const valuesOf = (table: Awaited<ReturnType<typeof parquet.load>>): number[][] => table.columns.map(({ values }) => [...values])

const rows = 11
const each = <T>(cell: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => cell(row))
const start = Date.UTC(2001, 0, 1, 0, 1)

const flights = write('flights.parquet', [
  { name: 'date', data: each(row => new Date(start + row * 60_000)), type: 'TIMESTAMP' },
  { name: 'delay', data: each(row => BigInt(row - 5)), type: 'INT64' },
  { name: 'distance', data: each(row => row * 100), type: 'INT32' },
  { name: 'speed', data: each(row => row / 8), type: 'DOUBLE' },
  { name: 'late', data: each(row => row > 5), type: 'BOOLEAN' },
  { name: 'origin', data: each(row => ['SFO', 'LAX', 'ABE'][row % 3]!), type: 'STRING' },
])

describe('reading', () => {
  it('gives integers, bigints, floats and booleans as numbers, over several row groups', async () => {
    const table = await parquet.load({ path: flights }, request(['speed', 'delay', 'distance', 'late']))
    expect(table).toMatchObject({ rows, dropped: 0 })
    expect(valuesOf(table)).toEqual([each(row => row / 8), each(row => row - 5), each(row => row * 100), each(row => (row > 5 ? 1 : 0))])
    expect(table.columns[0]!.values.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(table.columns[0]!.values.buffer.byteLength).toBe(rows * 8)
  })

  it('gives a timestamp as stored, in milliseconds, without a shift to the time zone of the machine', async () => {
    const zone = process.env['TZ']
    process.env['TZ'] = 'America/Los_Angeles'
    try {
      const [date] = (await parquet.load({ path: flights }, request(['date']))).columns
      expect([...date!.values]).toEqual(each(row => start + row * 60_000))
      expect(new Date(date!.values[10]!).toISOString()).toBe('2001-01-01T00:11:00.000Z')
    } finally {
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    }
  })

  it.each<[string, SchemaElement, ColumnSource['data'], number[]]>([
    [
      'days',
      { name: 'x', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
      [0, 18262, -1],
      [0, Date.UTC(2020, 0, 1), -86_400_000],
    ],
    [
      'microseconds',
      {
        name: 'x',
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
        repetition_type: 'REQUIRED',
      },
      [978307260000000n, 1500n, -1n],
      [Date.UTC(2001, 0, 1, 0, 1), 1.5, -0.001],
    ],
    [
      'nanoseconds',
      { name: 'x', type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' }, repetition_type: 'REQUIRED' },
      [978307260000000000n, 1500000n],
      [Date.UTC(2001, 0, 1, 0, 1), 1.5],
    ],
    [
      'decimals, each as the Float64 nearest to what is written',
      { name: 'x', type: 'INT32', converted_type: 'DECIMAL', scale: 1, precision: 9, repetition_type: 'REQUIRED' },
      [0.3, 0.7, -12.3],
      [0.3, 0.7, -12.3],
    ],
  ])('reads %s', async (kind, element, data, expected) => {
    const schema: SchemaElement[] = [{ name: 'root', num_children: 1 }, element]
    const path = write(`${kind.slice(0, 8)}.parquet`, [{ name: 'x', data }], 10, schema)
    expect(valuesOf(await parquet.load({ path }, request(['x'])))).toEqual([expected])
  })

  it('codes a text column as a factor, and takes every n-th row over row groups', async () => {
    const table = await parquet.load({ path: flights }, request(['origin', 'delay'], { factors: ['origin'], every: 3 }))
    expect(table.columns[0]!.labels).toEqual(['SFO'])
    expect(valuesOf(table)).toEqual([
      [0, 0, 0, 0],
      [-5, -2, 1, 4],
    ])
    const whole = await parquet.load({ path: flights }, request(['origin'], { factors: ['origin'] }))
    expect(whole.columns[0]!.labels).toEqual(['ABE', 'LAX', 'SFO'])
    expect([...whole.columns[0]!.values]).toEqual(each(row => 2 - (row % 3)))
  })

  it('decodes only the requested columns: damage in another one is not even noticed', async () => {
    const text = each(row => `city ${row}`)
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'y', data: each(row => row), type: 'DOUBLE' },
          { name: 'city', data: text, type: 'STRING' },
        ],
        codec: 'SNAPPY',
        statistics: false,
      }),
    )
    const at = Buffer.from(bytes).indexOf('city ')
    bytes.fill(0xff, at - 12, at + 40)
    const path = folder.write('damaged.parquet', bytes)
    expect(valuesOf(await parquet.load({ path }, request(['y'])))).toEqual([each(row => row)])
    const error = await failureOf(parquet.load({ path }, request(['city'], { factors: ['city'] })))
    expect(error.code).toBe('CHORALE_DATA_UNREADABLE')
  })

  it('counts rows without decoding anything', async () => {
    expect(await parquet.load({ path: flights }, request([]))).toEqual({ rows, columns: [], dropped: 0 })
  })
})

describe('missing values', () => {
  const data = each(row => (row === 6 || row === 9 ? null : row))
  const path = write('gaps.parquet', [
    { name: 'x', data, type: 'DOUBLE', nullable: true },
    { name: 'y', data: each(row => (row === 2 ? NaN : row)), type: 'DOUBLE' },
  ])

  it('are refused with the row of the file, counted from 0 over all row groups', async () => {
    const error = await failureOf(parquet.load({ path }, request(['x'])))
    expect(error.code).toBe('CHORALE_DATA_MISSING')
    expect(error.message).toContain('"x" has no value in row 6 (2 missing or not finite among 11)')
  })

  it('are dropped with their rows on request', async () => {
    const table = await parquet.load({ path }, request(['x', 'y'], { missing: 'drop' }))
    const kept = each(row => row).filter(row => ![2, 6, 9].includes(row))
    expect(table.dropped).toBe(3)
    expect(valuesOf(table)).toEqual([kept, kept])
  })
})

describe('files that cannot be used', () => {
  it('a column that does not exist: those that do, the nearest first', async () => {
    const error = await failureOf(parquet.load({ path: flights }, request(['Distanc'])))
    expect(error.code).toBe('CHORALE_DATA_COLUMN_UNKNOWN')
    expect(error.details.available?.[0]).toBe('distance')
    expect(error.details.lookedIn).toContain('flights.parquet')
  })

  it('text where numbers are needed', async () => {
    const error = await failureOf(parquet.load({ path: flights }, request(['origin'])))
    expect(error.code).toBe('CHORALE_DATA_NOT_NUMERIC')
    expect(error.message).toContain('"origin" holds the text "SFO" in row 0')
  })

  it('an integer that a Float64 would round', async () => {
    const path = write('large.parquet', [{ name: 'id', data: [1n, 2n ** 53n + 1n], type: 'INT64' }])
    const error = await failureOf(parquet.load({ path }, request(['id'])))
    expect(error.code).toBe('CHORALE_DATA_INTEGER_TOO_LARGE')
    expect(error.message).toContain('9007199254740993 in row 1')
  })

  it('no file', async () => {
    const error = await failureOf(parquet.load({ path: 'flight.parquet' }, request(['x'])))
    expect(error.code).toBe('CHORALE_DATA_FILE_NOT_FOUND')
    expect(error.details.available?.[0]).toBe('flights.parquet')
  })

  it('a file without rows', async () => {
    const path = write('none.parquet', [{ name: 'x', data: [], type: 'DOUBLE' }])
    expect((await failureOf(parquet.load({ path }, request(['x'])))).code).toBe('CHORALE_DATA_EMPTY')
  })

  const whole = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'x', data: each(row => row / 3), type: 'DOUBLE' }] }))
  it.each([
    ['text', new TextEncoder().encode('a,b\n1,2\n3,4\n')],
    ['nothing', new Uint8Array(0)],
    ['a truncated file', whole.subarray(0, whole.length - 20)],
    ['a file whose start is missing', whole.subarray(60)],
    ['a file of zeros with a good footer', whole.map((byte, at) => (at < 80 ? 0 : byte))],
  ])('%s', async (name, bytes) => {
    const path = folder.write('broken.parquet', bytes)
    const error = await failureOf(parquet.load({ path }, request(['x'])))
    expect(error.code, name).toBe('CHORALE_DATA_UNREADABLE')
    expect(error.details.cause).toBeDefined()
  })
})

it('an abort between row groups ends with its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('stop')
  const progress: number[] = []
  const loading = parquet.load(
    { path: flights },
    request(['delay'], {
      signal: controller.signal,
      onProgress: done => {
        progress.push(done)
        controller.abort(reason)
      },
    }),
  )
  await expect(loading).rejects.toBe(reason)
  expect(progress).toEqual([4])
})
