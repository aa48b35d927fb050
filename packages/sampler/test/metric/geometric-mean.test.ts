import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { geometricMeanEigen } from '../../src/metric/geometric-mean.js'
import { withMatrices } from '../../src/metric/matrix-space.js'
import { matrixOf } from '../../src/metric/row-algebra.js'

type Rows = readonly (readonly number[])[]

/** The geometric mean of A = X'X + shift I and the inverse of B = G'G + shift I, put together from its eigenvectors. */
function geometricMean(x: Rows, g: Rows, shift: number): number[][] | null {
  const size = x[0]!.length
  return withMatrices(space => {
    const [draws, gradients] = [x, g].map(rows => matrixOf(space, Float64Array.from(rows.flat()), size))
    const eigen = geometricMeanEigen(space, draws!, gradients!, shift)
    if (!eigen) return null
    const { values, width } = eigen.vectors
    const entry = (i: number, j: number) => eigen.values.reduce((sum, v, k) => sum + v * values[k * width + i]! * values[k * width + j]!, 0)
    return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (__, j) => entry(i, j)))
  })
}

const momentMatrix = (rows: Rows, shift: number): number[][] =>
  rows[0]!.map((_, i) => rows[0]!.map((__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? shift : 0)))
const times = (a: Rows, b: Rows): number[][] => a.map(row => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)))
const normalRows = (seed: number, count: number, size: number): number[][] => {
  const stream = createStream(prngKey(seed))
  return Array.from({ length: count }, () => Array.from({ length: size }, () => stream.normal()))
}

describe('the geometric mean of A and the inverse of B', () => {
  it('is sqrt(a / b) for diagonal matrices', () => {
    const diagonal = (...values: number[]) => values.map((value, i) => values.map((_, j) => (i === j ? value : 0)))
    const mean = geometricMean(diagonal(1, 4, 8), diagonal(1, 1, 0.5), 0)!
    mean.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(i === j ? [1, 4, 16][i]! : 0, 12)))
  })

  it.each([
    [2, 3, 5],
    [7, 4, 12],
    [19, 40, 30],
  ])('is the matrix M with M B M = A, in %i dimensions from %i and %i rows', (size, drawn, gradients) => {
    const [x, g, shift] = [normalRows(1, drawn, size), normalRows(2, gradients, size), 0.1]
    const mean = geometricMean(x, g, shift)!
    const product = times(times(mean, momentMatrix(g, shift)), mean)
    const expected = momentMatrix(x, shift)
    product.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[i]![j]!, 8)))
  })

  it('does not exist when B is singular', () => {
    expect(
      geometricMean(
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 0],
          [0, 0],
        ],
        0,
      ),
    ).toBeNull()
  })
})
