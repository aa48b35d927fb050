import { kernelMemory } from '@chorale/wasm'
import { expect, test } from 'vitest'
import { constantMatrix } from '../../src/wasm/constant-matrix.js'
import { randomDesign, randomVector, relativeError } from './random-design.js'

const shapes: [rows: number, columns: number][] = [
  [1, 1],
  [2, 3],
  [12, 12],
  [13, 1],
  [5, 40],
  [200, 200],
  [5000, 3],
]

test.each(shapes)("A x and A' r of %i x %i equal plain loops to 1e-13 of the sum of absolute terms", (rows, columns) => {
  const a = randomDesign(rows, columns, rows)
  const x = randomVector(columns, 1)
  const r = randomVector(rows, 2)
  const [product, productAbsolute] = [new Float64Array(rows), new Float64Array(rows)]
  const [gradient, gradientAbsolute] = [new Float64Array(columns), new Float64Array(columns)]
  a.values.forEach((value, k) => {
    const [i, j] = [Math.floor(k / columns), k % columns]
    product[i] += value * x[j]
    productAbsolute[i] += Math.abs(value * x[j])
    gradient[j] += value * r[i]
    gradientAbsolute[j] += Math.abs(value * r[i])
  })

  const matrix = constantMatrix(a)
  const y = new Float64Array(rows + 1)
  matrix.multiplyInto(y, 1, x)
  expect(relativeError(y.subarray(1), product, productAbsolute)).toBeLessThan(1e-13)
  const g = new Float64Array(columns)
  matrix.addTransposedInto(g, 0, r)
  expect(relativeError(g, gradient, gradientAbsolute)).toBeLessThan(1e-13)
})

test('matrices of different shapes live in one memory', () => {
  const memory = kernelMemory()
  const double = constantMatrix({ layout: 'row-major', rows: 2, columns: 2, values: Float64Array.of(2, 0, 0, 2) }, memory)
  const sum = constantMatrix({ layout: 'row-major', rows: 1, columns: 3, values: Float64Array.of(1, 1, 1) }, memory)
  const out = new Float64Array(3)
  double.multiplyInto(out, 0, Float64Array.of(5, 6))
  sum.multiplyInto(out, 2, Float64Array.of(1, 2, 3))
  expect(out).toEqual(Float64Array.of(10, 12, 6))
})
