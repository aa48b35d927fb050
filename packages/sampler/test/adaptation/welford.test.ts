import { describe, expect, it } from 'vitest'
import { runningCovariance, runningVariance } from '../../src/adaptation/welford.js'

const SAMPLE = [
  [1, 10],
  [2, 14],
  [4, 12],
  [9, 30],
].map(row => Float64Array.from(row))

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
