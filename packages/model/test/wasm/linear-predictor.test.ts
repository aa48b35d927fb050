import { describe, expect, test } from 'vitest'
import { linearPredictor } from '../../src/wasm/linear-predictor.js'
import { byColumns, randomDesign, randomVector, relativeError } from './random-design.js'

const blockRows = 4096

describe("X beta and X' r equal plain loops to 1e-13 of the sum of absolute terms", () => {
  test.each([1, 2, 3, 24, 25, 26, 100])('%i columns, any number of rows', columns => {
    for (const rows of [1, 11, 12, 13, 4095, 4096, 4097, 10_000]) {
      const design = randomDesign(rows, columns, rows + columns)
      const beta = randomVector(columns, 1)
      const r = randomVector(rows, 2)
      const eta = new Float64Array(rows)
      const etaAbsolute = new Float64Array(rows)
      const gradient = new Float64Array(columns)
      const gradientAbsolute = new Float64Array(columns)
      design.values.forEach((x, k) => {
        const [i, j] = [Math.floor(k / columns), k % columns]
        eta[i] += x * beta[j]
        etaAbsolute[i] += Math.abs(x * beta[j])
        gradient[j] += x * r[i]
        gradientAbsolute[j] += Math.abs(x * r[i])
      })

      const kernel = linearPredictor(design)
      const predictor = new Float64Array(rows)
      const sums = new Float64Array(columns)
      for (let block = 0; block < kernel.blocks; block++) {
        const first = block * blockRows
        const count = Math.min(blockRows, rows - first)
        kernel.forward(block, beta)
        predictor.set(kernel.predictor().subarray(0, count), first)
        kernel.residual().set(r.subarray(first, first + count))
        kernel.reverse(block, sums, 0)
      }
      expect(relativeError(predictor, eta, etaAbsolute)).toBeLessThan(1e-13)
      expect(relativeError(sums, gradient, gradientAbsolute)).toBeLessThan(1e-13)
    }
  })
})

test('the gradient is added to what is there, at an offset', () => {
  const kernel = linearPredictor({ layout: 'columns', rows: 2, columns: [Float64Array.of(1, 2), Float64Array.of(3, 4)] })
  kernel.residual().set([10, 100])
  const gradient = Float64Array.of(7, 1, 1)
  kernel.reverse(0, gradient, 1)
  expect(gradient).toEqual(Float64Array.of(7, 211, 431))
})

test('columns and rows give the same bits', () => {
  const design = randomDesign(50, 3, 1)
  const [a, b] = [linearPredictor(design), linearPredictor(byColumns(design))]
  const beta = randomVector(3, 2)
  a.forward(0, beta)
  b.forward(0, beta)
  expect(a.predictor()).toEqual(b.predictor())
})

test('a coefficient that is not finite reaches the predictor, without a trap', () => {
  const kernel = linearPredictor(randomDesign(30, 2, 1))
  for (const bad of [NaN, Infinity]) {
    kernel.forward(0, Float64Array.of(bad, 1))
    expect(kernel.predictor().subarray(0, 30).some(Number.isFinite)).toBe(false)
  }
})

test('residuals that were not finite in a long block do not reach the padding of a short one', () => {
  const kernel = linearPredictor(randomDesign(4096 + 1, 1, 1))
  kernel.residual().fill(NaN)
  kernel.residual()[0] = 0
  const gradient = new Float64Array(1)
  kernel.reverse(1, gradient, 0)
  expect(gradient[0]).toBe(0)
})
