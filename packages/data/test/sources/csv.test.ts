import { describe, expect, it } from 'vitest'
import { csv } from '../../src/sources/csv.js'
import { parseNumber } from '../../src/sources/numeric-text.js'
import { failureOf } from '../failure.js'
import { request as anyRequest } from '../request.js'
import { temporaryFolder } from '../temporary-folder.js'

const folder = temporaryFolder()
const request = (columns: string[], changes: Parameters<typeof anyRequest>[1] = {}) =>
  anyRequest(columns, { folder: folder.path, ...changes })
const load = (name: string, content: string, columns: string[], changes: Parameters<typeof anyRequest>[1] = {}) =>
  csv.load({ path: folder.write(name, content) }, request(columns, changes))
const valuesOf = (table: Awaited<ReturnType<typeof load>>): number[][] => table.columns.map(({ values }) => [...values])

describe('reading', () => {
  it('reads quoted cells, a byte order mark, Windows line ends and empty lines', async () => {
    const table = await load('plain.csv', '\uFEFFa, b ,c\r\n1,"2.5",x\r\n\r\n-3e2,  4 ,"y, z"\r\n', ['b', 'a', 'c'], { factors: ['c'] })
    expect(valuesOf(table)).toEqual([
      [2.5, 4],
      [1, -300],
      [0, 1],
    ])
    expect(table.columns[2]!.labels).toEqual(['x', 'y, z'])
    expect(table.columns[0]!.values.buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  it('takes tabs for .tsv and any delimiter that is set', async () => {
    expect(valuesOf(await load('tabs.tsv', 'a\tb\n1\t2\n', ['b']))).toEqual([[2]])
    folder.write('semicolons.csv', 'a;b\n1;2\n')
    expect(valuesOf(await csv.load({ path: 'semicolons.csv', delimiter: ';' }, request(['b'])))).toEqual([[2]])
  })

  it('codes integers written as text by value, identifiers with leading zeros as text', async () => {
    const table = await load('codes.csv', 'zip,year\n0100,1999\n02,20\n', ['zip', 'year'], { factors: ['zip', 'year'] })
    expect(table.columns.map(({ labels }) => labels)).toEqual([
      ['0100', '02'],
      ['20', '1999'],
    ])
  })

  it('gives the same table for ten thousand rows as the numbers that were written, in shares of every n-th', async () => {
    const x = Array.from({ length: 10_000 }, (_, row) => row / 7)
    const content = `x\n${x.join('\n')}\n`
    expect(valuesOf(await load('long.csv', content, ['x']))).toEqual([x])
    expect(valuesOf(await load('long.csv', content, ['x'], { every: 15 }))).toEqual([x.filter((_, row) => row % 15 === 0)])
  })
})

describe('text as a number', () => {
  it.each([
    ['12', 12],
    [' -0.5e-3 ', -0.0005],
    ['+7', 7],
    ['', null],
    ['NA', null],
    ['nan', null],
    ['-inf', -Infinity],
    ['9007199254740993', 9007199254740993n],
    ['0x10', '0x10'],
    ['1,5', '1,5'],
    ['1e999', '1e999'],
    ['12 km', '12 km'],
  ])('%j is %s', (text, expected) => {
    expect(parseNumber(text)).toBe(expected)
  })
})

describe('missing cells', () => {
  const content = 'a,g\n1,u\n,v\n3,\nNaN,v\n'

  it('are refused with the line of the file', async () => {
    const error = await failureOf(load('gaps.csv', content, ['a', 'g'], { factors: ['g'] }))
    expect(error.code).toBe('CHORALE_DATA_MISSING')
    expect(error.message).toContain('"a" has no value in line 3 (2 missing')
    expect(error.message).toContain('"g" (1, first in line 4)')
  })

  it('are dropped with their rows on request', async () => {
    const table = await load('gaps.csv', content, ['a', 'g'], { factors: ['g'], missing: 'drop' })
    expect(table).toMatchObject({ rows: 1, dropped: 3 })
    expect(table.columns[1]!.labels).toEqual(['u'])
  })

  it('are found on the line where their row begins, also after cells of several lines', async () => {
    const error = await failureOf(load('lines.csv', 'a,t\r\n1,"two\r\nlines"\r\n\r\n,"x\r\ny"\r\n', ['a']))
    expect(error.message).toContain('line 5 ')
  })

  it('are not overlooked in a file with one column, where they are empty lines', async () => {
    expect((await failureOf(load('one.csv', 'a\n1\n\n3\n', ['a']))).message).toContain('line 3')
  })
})

describe('files that cannot be used', () => {
  it('a file that does not exist: where it was looked for, and a similar name', async () => {
    folder.write('flights.csv', 'a\n1\n')
    const error = await failureOf(csv.load({ path: 'flight.csv' }, request(['a'])))
    expect(error.code).toBe('CHORALE_DATA_FILE_NOT_FOUND')
    expect(error.details.lookedIn).toContain(folder.path)
    expect(error.details.available?.[0]).toBe('flights.csv')
  })

  it.each([
    ['an unknown column', 'a,b\n1,2\n', 'CHORALE_DATA_COLUMN_UNKNOWN', 'column "x"'],
    ['a row that is too long', 'x,b\n1,2\n1,2,3\n', 'CHORALE_DATA_RAGGED', 'Line 3 has 3 cells, the header has 2'],
    ['a row that is too short', 'x,b\n1\n', 'CHORALE_DATA_RAGGED', 'Line 2 has 1 cell,'],
    ['a column twice', 'x,b,x\n1,2,3\n', 'CHORALE_DATA_COLUMN_AMBIGUOUS', 'as column 1 and as column 3'],
    ['text in a column of numbers', 'x\n1\nten\n', 'CHORALE_DATA_NOT_NUMERIC', 'the text "ten" in line 3'],
    ['an infinite number', 'x\n1\ninf\n', 'CHORALE_DATA_MISSING', 'Infinity in line 3'],
    ['an integer that would be rounded', 'x\n9007199254740993\n', 'CHORALE_DATA_INTEGER_TOO_LARGE', '9007199254740993 in line 2'],
    ['a quote that is never closed', 'x,b\n1,"2\n', 'CHORALE_DATA_UNREADABLE', 'Quote Not Closed'],
    ['a header alone', 'x,b\n', 'CHORALE_DATA_EMPTY', 'no rows'],
    ['nothing at all', '', 'CHORALE_DATA_EMPTY', 'no header'],
  ])('%s', async (_, content, code, message) => {
    const error = await failureOf(load('bad.csv', content, ['x']))
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
    expect(error.details.lookedIn).toContain('bad.csv')
  })

  it('a folder', async () => {
    const error = await failureOf(csv.load({ path: '.' }, request(['a'])))
    expect(error.code).toBe('CHORALE_DATA_UNREADABLE')
  })

  it('says that the delimiter is another one, or that the header is missing, when it looks so', async () => {
    expect((await failureOf(load('other.csv', 'a;x\n1;2\n', ['x']))).details.fix).toContain('data.delimiter: ";"')
    expect((await failureOf(load('headless.csv', '1,2\n3,4\n', ['x']))).details.fix).toContain('first line')
  })
})

describe('stopping', () => {
  it('an abort while the file is read ends with its reason', async () => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const loading = load('stop.csv', `x\n${'1\n'.repeat(50_000)}`, ['x'], {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    await expect(loading).rejects.toBe(reason)
  })
})
