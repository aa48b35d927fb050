import { expect, it } from 'vitest'

import type { Plate } from '../../src/graph/plate.js'
import { columnMatrix, columnsOf } from '../../src/rewrite/column-matrix.js'

const rows: Plate = { name: 'rows', size: 3, role: 'rows', order: 0 }
const columns = [Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)]
const matrix = columnMatrix(columns, { plates: [rows], event: [2] }, 'a, b')

it('a matrix of columns has its numbers row by row, and is put together once', () => {
  expect([...matrix.values]).toEqual([1, 4, 2, 5, 3, 6])
  expect(matrix.values).toBe(matrix.values)
})

it('its columns are those that it was made of, without a copy', () => {
  expect(columnsOf(matrix)).toBe(columns)
})
