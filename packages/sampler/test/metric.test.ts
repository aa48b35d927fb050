import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { choleskyFactor } from '../src/metric/cholesky.js'
import { denseMetric, denseMetrics } from '../src/metric/dense-metric.js'
import { diagonalMetric, diagonalMetrics } from '../src/metric/diagonal-metric.js'
import { runningCovariance, runningVariance } from '../src/adaptation/welford.js'

const SAMPLE = [
  [1, 10],
  [2, 14],
  [4, 12],
  [9, 30],
].map(row => Float64Array.from(row))

/** Sample variance of 1, 2, 4, 9: squares 9 + 4 + 0 + 25 about 4, divided by 3. */
const FIRST_VARIANCE = 38 / 3

describe('running moments', () => {
  it('are the sample variances and covariances', () => {
    const [variance, covariance] = [runningVariance(2), runningCovariance(2)]
    for (const x of SAMPLE) {
      variance.add(x)
      covariance.add(x)
    }
    const centred = SAMPLE.map(([a, b]) => [a! - 4, b! - 16.5])
    const product = (i: number, j: number) => centred.reduce((sum, row) => sum + row[i]! * row[j]!, 0) / 3
    expect(covariance.read()[0]).toBeCloseTo(product(0, 0), 12)
    expect(covariance.read()[1]).toBeCloseTo(product(0, 1), 12)
    expect(covariance.read()[2]).toBeCloseTo(product(0, 1), 12)
    expect(covariance.read()[3]).toBeCloseTo(product(1, 1), 12)
    expect(variance.read()[1]).toBeCloseTo(product(1, 1), 12)
  })

  it('do not cancel far from zero', () => {
    const variance = runningVariance(1)
    for (const x of [4, 7, 13, 16]) variance.add(Float64Array.of(1e9 + x))
    expect(variance.read()[0]).toBeCloseTo(30, 6)
  })
})

describe('metric estimators', () => {
  const add = (family: typeof diagonalMetrics, rows: readonly Float64Array[]) => {
    const estimator = family.estimator(2)
    rows.forEach(estimator.add)
    return estimator
  }

  it('shrink n draws to n/(n + 5) of their covariance and 0.001 x 5/(n + 5)', () => {
    const addition = (1e-3 * 5) / 9
    const diagonal = add(diagonalMetrics, SAMPLE).finish(diagonalMetrics.identity(2)).inverse
    expect(diagonal[0]).toBeCloseTo((4 / 9) * FIRST_VARIANCE + addition, 12)
    const dense = add(denseMetrics, SAMPLE).finish(denseMetrics.identity(2)).inverse
    expect(dense[0]).toBeCloseTo((4 / 9) * FIRST_VARIANCE + addition, 12)
    expect(dense[1]).toBe(dense[2])
  })

  it('keep what they had where the draws give nothing finite', () => {
    const rows = [Float64Array.of(1, 0), Float64Array.of(Infinity, 1), Float64Array.of(2, 2)]
    const diagonal = add(diagonalMetrics, rows).finish(diagonalMetrics.identity(2)).inverse
    expect(diagonal[0]).toBe(1)
    expect(diagonal[1]).toBeCloseTo((3 / 8) * 1 + (1e-3 * 5) / 8, 12)
    expect(add(denseMetrics, rows).finish(denseMetrics.identity(2)).inverse).toEqual(denseMetrics.identity(2).inverse)
  })

  it('forget a window when it is used', () => {
    const estimator = add(diagonalMetrics, SAMPLE)
    estimator.finish(diagonalMetrics.identity(2))
    expect(estimator.finish(diagonalMetrics.identity(2)).inverse[0]).toBeCloseTo(1e-3, 15)
  })
})

describe('a dense metric', () => {
  const covariance = Float64Array.of(4, 1.2, 1.2, 1)

  it('maps momenta to velocities with the covariance', () => {
    const velocity = new Float64Array(2)
    denseMetric(covariance, 2)!.velocityInto(velocity, Float64Array.of(1, 2))
    expect([...velocity]).toEqual([6.4, 3.2])
  })

  it('has momenta whose covariance is the inverse: velocities have the covariance itself', () => {
    const metric = denseMetric(covariance, 2)!
    const stream = createStream(prngKey(8))
    const [momentum, velocity] = [new Float64Array(2), new Float64Array(2)]
    const n = 50_000
    const sums = [0, 0, 0]
    for (let i = 0; i < n; i++) {
      metric.momentumInto(momentum, stream)
      metric.velocityInto(velocity, momentum)
      sums[0]! += velocity[0]! * velocity[0]!
      sums[1]! += velocity[0]! * velocity[1]!
      sums[2]! += velocity[1]! * velocity[1]!
    }
    // The variance of a product of normals is v1 v2 + c^2.
    const z = (sum: number, c: number, v1: number, v2: number) => (sum / n - c) / Math.sqrt((v1 * v2 + c * c) / n)
    expect(Math.abs(z(sums[0]!, 4, 4, 4))).toBeLessThan(4)
    expect(Math.abs(z(sums[1]!, 1.2, 4, 1))).toBeLessThan(4)
    expect(Math.abs(z(sums[2]!, 1, 1, 1))).toBeLessThan(4)
  })

  it('does not exist for a matrix that is not positive definite', () => {
    expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toBeNull()
    expect(denseMetric(Float64Array.of(1, NaN, NaN, 1), 2)).toBeNull()
  })

  it('equals a diagonal one when it is diagonal', () => {
    const [a, b] = [new Float64Array(2), new Float64Array(2)]
    denseMetric(Float64Array.of(4, 0, 0, 0.25), 2)!.momentumInto(a, createStream(prngKey(2)))
    diagonalMetric(Float64Array.of(4, 0.25)).momentumInto(b, createStream(prngKey(2)))
    expect(a).toEqual(b)
  })
})
