import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TableBuilder } from '../../src/table/table-builder.js'
import { failureOf } from '../failure.js'
import { request } from '../request.js'

/** Puts cells of column `x` (and others) through a builder, in batches of the given sizes. */
function build(cells: Record<string, unknown[]>, changes: Parameters<typeof request>[1] = {}, batchRows = 1000) {
  const names = Object.keys(cells)
  const rows = cells[names[0]!]!.length
  const table = new TableBuilder(request(names, changes), { lookedIn: 'a test' })
  for (let start = 0; start < rows; start += batchRows) {
    const batch = names.map(name => [cells[name]!.slice(start, start + batchRows)])
    table.add({ rows: Math.min(batchRows, rows - start), cells: batch, place: row => `row ${start + row}` })
  }
  return table.finish()
}

const valuesOf = (table: ReturnType<typeof build>): number[][] => table.columns.map(({ values }) => [...values])

describe('taking every n-th row', () => {
  it('takes rows 0, n, 2n, ... however the rows arrive', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 60 }),
        (rows, every, batchRows) => {
          const x = Array.from({ length: rows }, (_, row) => row)
          expect(valuesOf(build({ x }, { every }, batchRows))).toEqual([x.filter(row => row % every === 0)])
        },
      ),
    )
  })

  it('does not look at rows that are not taken', () => {
    expect(valuesOf(build({ x: [1, null, 'text', 4] }, { every: 3 }))).toEqual([[1, 4]])
  })

  it('reports the rows that were read, not those that were taken', () => {
    const progress: number[] = []
    build({ x: Array(10).fill(1) }, { every: 5, onProgress: rows => progress.push(rows) }, 4)
    expect(progress).toEqual([4, 8, 10])
  })
})

describe('missing values', () => {
  it('are refused with column, place and count', async () => {
    const error = await failureOf(() => build({ x: [1, 2, NaN, null], y: [Infinity, 1, 1, 1] }))
    expect(error.code).toBe('CHORALE_DATA_MISSING')
    expect(error.message).toContain('"x" has NaN in row 2 (2 missing or not finite among 4)')
    expect(error.message).toContain('"y" (1, first in row 0)')
    expect(error.details.fix).toContain('data.missing')
  })

  it('leave out the whole row in every column when they are to be dropped, and are counted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.option(fc.integer()), fc.option(fc.constantFrom('u', 'v', 'w'))), { minLength: 1 }),
        fc.integer({ min: 1, max: 7 }),
        (pairs, batchRows) => {
          const complete = pairs.filter(([x, g]) => x !== null && g !== null)
          fc.pre(complete.length > 0)
          const cells = { x: pairs.map(([x]) => x), g: pairs.map(([, g]) => g) }
          const table = build(cells, { factors: ['g'], missing: 'drop' }, batchRows)
          expect(table.dropped).toBe(pairs.length - complete.length)
          expect([...table.columns[0]!.values]).toEqual(complete.map(([x]) => x))
          expect([...table.columns[1]!.values].map(code => table.columns[1]!.labels![code])).toEqual(complete.map(([, g]) => g))
        },
      ),
    )
  })

  it('leave no level behind that occurs only in dropped rows', () => {
    const table = build({ g: ['a', 'b', 'c'], x: [1, null, 3] }, { factors: ['g'], missing: 'drop' })
    expect(table.columns[0]!.labels).toEqual(['a', 'c'])
    expect([...table.columns[0]!.values]).toEqual([0, 1])
  })

  it('in all rows leave nothing, which is an error', async () => {
    const error = await failureOf(() => build({ x: [null, NaN] }, { missing: 'drop' }))
    expect(error.code).toBe('CHORALE_DATA_EMPTY')
    expect(error.message).toContain('all 2')
  })
})

describe('numbers', () => {
  it('are integers of any width, floats, and booleans as 0 and 1', () => {
    expect(valuesOf(build({ x: [1, 2n, true, false, -2.5, -(2n ** 53n), 2n ** 60n] }))).toEqual([[1, 2, 1, 0, -2.5, -(2 ** 53), 2 ** 60]])
  })

  it('are never rounded: an integer beyond 2^53 is refused', async () => {
    const error = await failureOf(() => build({ x: [2n ** 53n, 2n ** 53n + 1n] }))
    expect(error.code).toBe('CHORALE_DATA_INTEGER_TOO_LARGE')
    expect(error.message).toContain('9007199254740993 in row 1')
  })

  it('are not text', async () => {
    const error = await failureOf(() => build({ g: [1, 'LAX\u001b[31m'] }))
    expect(error.code).toBe('CHORALE_DATA_NOT_NUMERIC')
    expect(error.message).toContain('Column "g" holds the text "LAX\\u001b[31m" in row 1')
    expect(error.details.fix).toContain('data.factors')
  })
})

describe('factors', () => {
  it('have codes that do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }), levels => {
        const forward = build({ g: levels }, { factors: ['g'] }).columns[0]!
        const backward = build({ g: [...levels].reverse() }, { factors: ['g'] }).columns[0]!
        expect(backward.labels).toEqual(forward.labels)
        expect([...backward.values].reverse()).toEqual([...forward.values])
      }),
    )
  })

  it('sort text by code point, upper case first and emoji after the private use area', () => {
    const labels = build({ g: ['ä', 'b', '😀', 'B', '\uE000', '10', '9x'] }, { factors: ['g'] }).columns[0]!.labels
    expect(labels).toEqual(['10', '9x', 'B', 'b', 'ä', '\uE000', '😀'])
  })

  it('sort integers by value, and hold identifiers that a Float64 would round', () => {
    const column = build({ g: [10, 9n, -1, 2n ** 53n + 1n, 2n ** 53n + 2n] }, { factors: ['g'] }).columns[0]!
    expect(column.labels).toEqual(['-1', '9', '10', '9007199254740993', '9007199254740994'])
    expect([...column.values]).toEqual([2, 1, 0, 3, 4])
  })

  it('are not measurements', async () => {
    const error = await failureOf(() => build({ g: [1, 2.5] }, { factors: ['g'] }))
    expect(error.code).toBe('CHORALE_DATA_NOT_CATEGORICAL')
    expect(error.message).toContain('2.5 in row 1')
  })
})

it('an aborted request ends with the reason of the abort', () => {
  const signal = AbortSignal.abort(new Error('stop'))
  expect(() => build({ x: [1] }, { signal })).toThrow('stop')
})
