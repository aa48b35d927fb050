import { createStream, prngKey } from '@chorale/random'
import { describe, expect, test } from 'vitest'
import { normalStatistics, squaredError } from '../../src/rewrite/qr.js'
import type { DesignMatrix } from '../../src/wasm/design-matrix.js'
import { randomDesign, randomVector } from '../wasm/random-design.js'

const directSquaredError = (design: DesignMatrix & { layout: 'row-major' }, y: Float64Array, beta: Float64Array): number => {
  const { columns, values } = design
  return y.reduce((sum, value, i) => {
    let error = value
    for (let j = 0; j < columns; j++) error -= values[i * columns + j] * beta[j]
    return sum + error * error
  }, 0)
}

describe('uncentred year and year squared, 100 000 rows, sigma = 0.01', () => {
  const rows = 100_000
  const sigma = 0.01
  const stream = createStream(prngKey(3))
  const values = new Float64Array(3 * rows)
  const truth = Float64Array.of(1200, -1.2, 0.0003)
  const y = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const year = 1980 + 45 * stream.uniform()
    values.set([1, year, year * year], 3 * i)
    y[i] = truth[0] + truth[1] * year + truth[2] * year * year + sigma * stream.normal()
  }
  const design = { layout: 'row-major', rows, columns: 3, values } as const
  const direct = directSquaredError(design, y, truth) / (2 * sigma * sigma)

  test('the log likelihood is that of the direct sum to 1e-9 of the sum of absolute terms', () => {
    const statistics = squaredError(normalStatistics(design, y), truth) / (2 * sigma * sigma)
    expect(Math.abs(statistics - direct)).toBeLessThan(1e-9 * direct)
  })

  test("with X'X it would be off by more than ten nats", () => {
    const width = 4
    const row = new Float64Array(width)
    const products = new Float64Array(width * width)
    for (let i = 0; i < rows; i++) {
      row.set(values.subarray(3 * i, 3 * i + 3))
      row[3] = y[i]
      for (let j = 0; j < width; j++) for (let k = 0; k < width; k++) products[j * width + k] += row[j] * row[k]
    }
    const b = Float64Array.of(-truth[0], -truth[1], -truth[2], 1)
    let sum = 0
    for (let j = 0; j < width; j++) for (let k = 0; k < width; k++) sum += b[j] * products[j * width + k] * b[k]
    expect(Math.abs(sum / (2 * sigma * sigma) - direct)).toBeGreaterThan(10)
  })
})

test('100 000 rows of 25 columns: equals the direct sum to 1e-12', () => {
  const design = randomDesign(100_000, 25, 1)
  const y = randomVector(100_000, 2, 3)
  const beta = randomVector(25, 3)
  const direct = directSquaredError(design, y, beta)
  expect(Math.abs(squaredError(normalStatistics(design, y), beta) - direct)).toBeLessThan(1e-12 * direct)
})

test.each([
  [1, 1],
  [1, 4],
  [3, 5],
  [5, 5],
  [511, 2],
  [512, 2],
  [513, 2],
  [1030, 7],
])('%i rows of %i columns: R is triangular and the squared error exact for every beta', (rows, columns) => {
  const design = randomDesign(rows, columns, rows)
  const y = randomVector(rows, 5)
  const statistics = normalStatistics(design, y)
  for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) expect(statistics.r[i * columns + j]).toBe(0)
  for (const seed of [6, 7, 8]) {
    const beta = randomVector(columns, seed, 10)
    const direct = directSquaredError(design, y, beta)
    expect(Math.abs(squaredError(statistics, beta) - direct)).toBeLessThan(1e-12 * (direct + 1))
  }
})

test('columns that depend on each other, or are zero, are no error', () => {
  const rows = 40
  const x = randomVector(rows, 1)
  const design = randomDesign(rows, 4, 0)
  for (let i = 0; i < rows; i++) design.values.set([x[i], 2 * x[i], 0, 1], 4 * i)
  const y = randomVector(rows, 2)
  const statistics = normalStatistics(design, y)
  const beta = Float64Array.of(1, -3, 5, 0.5)
  expect(squaredError(statistics, beta)).toBeCloseTo(directSquaredError(design, y, beta), 11)
  expect([...statistics.r].every(Number.isFinite)).toBe(true)
})

test('the residual of a response in the span of the columns is zero to rounding', () => {
  const design = randomDesign(2000, 3, 9)
  const beta = Float64Array.of(1, 2, 3)
  const y = Float64Array.from({ length: 2000 }, (_, i) => beta.reduce((sum, b, j) => sum + b * design.values[3 * i + j], 0))
  expect(normalStatistics(design, y).residual).toBeLessThan(1e-24 * 2000)
})
