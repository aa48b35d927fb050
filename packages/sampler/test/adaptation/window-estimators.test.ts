import { describe, expect, it } from 'vitest'
import { covarianceEstimator, varianceEstimator, type WindowEstimator } from '../../src/adaptation/window-estimators.js'
import type { DenseMetric } from '../../src/metric/dense-metric.js'
import { unitMetric, type DiagonalMetric } from '../../src/metric/diagonal-metric.js'
import { pointAt } from './points.js'

const SAMPLE = [
  [1, 10],
  [2, 14],
  [4, 12],
  [9, 30],
]

/** Sample variance of 1, 2, 4, 9: squares 9 + 4 + 0 + 25 about 4, divided by 3. */
const FIRST_VARIANCE = 38 / 3

const inverseAfter = (estimator: WindowEstimator, rows: readonly number[][]): Float64Array => {
  rows.forEach(row => estimator.add(pointAt(row)))
  return (estimator.finish(unitMetric(2)) as DiagonalMetric | DenseMetric).inverse
}

describe("Stan's estimates of a window", () => {
  it('shrink n draws to n/(n + 5) of their covariance and 0.001 x 5/(n + 5)', () => {
    const addition = (1e-3 * 5) / 9
    expect(inverseAfter(varianceEstimator(2), SAMPLE)[0]).toBeCloseTo((4 / 9) * FIRST_VARIANCE + addition, 12)
    const dense = inverseAfter(covarianceEstimator(2), SAMPLE)
    expect(dense[0]).toBeCloseTo((4 / 9) * FIRST_VARIANCE + addition, 12)
    expect(dense[1]).toBe(dense[2])
  })

  it('keep what they had where the draws give nothing finite', () => {
    const rows = [
      [1, 0],
      [Infinity, 1],
      [2, 2],
    ]
    const diagonal = inverseAfter(varianceEstimator(2), rows)
    expect(diagonal[0]).toBe(1)
    expect(diagonal[1]).toBeCloseTo((3 / 8) * 1 + (1e-3 * 5) / 8, 12)
    expect(inverseAfter(covarianceEstimator(2), rows)).toEqual(Float64Array.of(1, 1))
  })

  it('forget a window when it is used', () => {
    const estimator = varianceEstimator(2)
    inverseAfter(estimator, SAMPLE)
    expect(inverseAfter(estimator, [])[0]).toBeCloseTo(1e-3, 15)
  })
})
