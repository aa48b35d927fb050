import { describe, expect, it } from 'vitest'
import { inline } from '../../src/sources/inline.js'
import { failureOf } from '../failure.js'
import { request } from '../request.js'

const columns = { y: [1.5, 2, -3, 4], school: ['b', 'a', 'b', 'c'], id: [30, 4, 30, 100] }

describe('inline data', () => {
  it('gives the requested columns only, in the order of the request, on shared memory', async () => {
    const table = await inline.load({ columns }, request(['id', 'y']))
    expect(table).toMatchObject({ rows: 4, dropped: 0 })
    expect(table.columns.map(({ name, values }) => [name, [...values]])).toEqual([
      ['id', [30, 4, 30, 100]],
      ['y', [1.5, 2, -3, 4]],
    ])
    for (const { values } of table.columns) {
      expect(values.buffer).toBeInstanceOf(SharedArrayBuffer)
      expect(values.buffer.byteLength).toBe(4 * 8)
    }
  })

  it('codes text by code point and integers by value', async () => {
    const table = await inline.load({ columns }, request(['school', 'id'], { factors: ['school', 'id'] }))
    expect(table.columns.map(({ values, labels }) => [[...values], labels])).toEqual([
      [
        [1, 0, 1, 2],
        ['a', 'b', 'c'],
      ],
      [
        [1, 0, 1, 2],
        ['4', '30', '100'],
      ],
    ])
  })

  it('does not need a column for a count of the rows', async () => {
    expect(await inline.load({ columns }, request([]))).toEqual({ rows: 4, columns: [], dropped: 0 })
  })

  it('refuses columns of different length', async () => {
    const error = await failureOf(inline.load({ columns: { a: [1, 2], b: [1] } }, request(['a'])))
    expect(error.code).toBe('CHORALE_DATA_RAGGED')
    expect(error.message).toContain('"b" has 1')
  })

  it('names a column that does not exist, and the nearest one that does', async () => {
    const error = await failureOf(inline.load({ columns }, request(['shcool'])))
    expect(error.code).toBe('CHORALE_DATA_COLUMN_UNKNOWN')
    expect(error.message).toContain('"shcool"')
    expect(error.details.available?.[0]).toBe('school')
    expect(error.details.available).toHaveLength(3)
  })

  it('refuses a misspelt factor even when the column itself is not requested', async () => {
    const error = await failureOf(inline.load({ columns }, request(['y'], { factors: ['scool'] })))
    expect(error.code).toBe('CHORALE_DATA_COLUMN_UNKNOWN')
    expect(error.details.askedBy).toBe('data.factors')
  })

  it('refuses no rows', async () => {
    expect((await failureOf(inline.load({ columns: { y: [] } }, request(['y'])))).code).toBe('CHORALE_DATA_EMPTY')
  })
})
