import { describe, expect, test } from 'vitest'
import { sumBlocksPairwise } from '../../src/blocks/pairwise.js'
import { poissonRegression } from '../../src/wasm/poisson-regression.js'
import type { RegressionKernel } from '../../src/wasm/regression-kernel.js'
import { randomDesign, randomVector, relativeError } from './random-design.js'

const evaluate = (kernel: RegressionKernel, beta: Float64Array): Float64Array => {
  const total = new Float64Array(kernel.columns + 1)
  sumBlocksPairwise(total, kernel.blocks, (index, record) => kernel.block(index, beta, record))
  return total
}

/** Sum of y eta - exp(eta) and its gradient row by row with Math.exp, and the sums of absolute terms. */
const plain = (design: ReturnType<typeof randomDesign>, response: Float64Array, beta: Float64Array, offset: Float64Array) => {
  const sums = new Float64Array(design.columns + 1)
  const absolute = new Float64Array(design.columns + 1)
  response.forEach((y, i) => {
    const x = design.values.subarray(i * design.columns, (i + 1) * design.columns)
    const eta = x.reduce((sum, value, j) => sum + value * beta[j], offset[i])
    const mean = Math.exp(eta)
    sums[0] += y * eta - mean
    absolute[0] += Math.abs(y * eta) + mean
    x.forEach((value, j) => {
      sums[j + 1] += (y - mean) * value
      absolute[j + 1] += (y + mean) * Math.abs(value)
    })
  })
  return { sums, absolute }
}

describe('log likelihood and gradient equal those of plain loops to 1e-12 of the sum of absolute terms', () => {
  test.each([1, 3, 25])('%i columns, any number of rows, with and without offsets', columns => {
    for (const rows of [1, 12, 13, 4097]) {
      const design = randomDesign(rows, columns, rows + columns)
      const response = randomVector(rows, 1, 5).map(u => Math.round(Math.abs(u)))
      const beta = randomVector(columns, 2)
      const offset = randomVector(rows, 3, 2)
      for (const offsets of [new Float64Array(rows), offset]) {
        const { sums, absolute } = plain(design, response, beta, offsets)
        const kernel = poissonRegression({ design, response, ...(offsets === offset && { offset }) })
        expect(relativeError(evaluate(kernel, beta), sums, absolute)).toBeLessThan(1e-12)
      }
    }
  })

  test.each([
    [-2000, 600],
    [-2000, 3],
    [-3, 600],
  ])('with linear predictors between %d and %d', (low, high) => {
    const design = randomDesign(1000, 2, 1)
    const response = randomVector(1000, 1, 5).map(u => Math.round(Math.abs(u)))
    const offset = randomVector(1000, 3, (high - low) / 2).map(u => u + (high + low) / 2)
    const beta = randomVector(2, 2)
    const { sums, absolute } = plain(design, response, beta, offset)
    const kernel = poissonRegression({ design, response, offset })
    expect(relativeError(evaluate(kernel, beta), sums, absolute)).toBeLessThan(1e-12)
  })
})

test('a linear predictor above 690 gives -Infinity, a coefficient that is not finite NaN', () => {
  const kernel = poissonRegression({ design: { layout: 'columns', rows: 1, columns: [Float64Array.of(1)] }, response: Float64Array.of(2) })
  const at = (beta: number): number => evaluate(kernel, Float64Array.of(beta))[0]
  expect(at(690) / Math.exp(690)).toBeCloseTo(-1, 12)
  expect(at(690.001)).toBe(-Infinity)
  expect(at(-1e4)).toBe(-2e4)
  expect(at(Infinity)).toBeNaN()
})
