import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { choleskyFactor } from '../../src/metric/cholesky.js'
import { denseMetric } from '../../src/metric/dense-metric.js'
import { diagonalMetric, unitMetric } from '../../src/metric/diagonal-metric.js'
import { lowRankMetric } from '../../src/metric/low-rank-metric.js'
import type { Metric } from '../../src/metric/metric.js'
import { restoreMetric } from '../../src/metric/restore-metric.js'

const covariance = Float64Array.of(4, 1.2, 1.2, 1)

/** S (I + u u' (6 - 1)) S with S = diag(2, 1), u = (0.6, 0.8). */
const lowRank = lowRankMetric({
  scales: Float64Array.of(2, 1),
  vectors: Float64Array.of(0.6, 0.8),
  eigenvalues: Float64Array.of(6),
})
const lowRankInverse = [4 * (1 + 5 * 0.36), 2 * 5 * 0.48, 2 * 5 * 0.48, 1 + 5 * 0.64]

/** z-scores of the second moments of velocities, whose covariance is that of the target. The variance of a product of normals is v1 v2 + c^2. */
function velocityScores(metric: Metric, inverse: ArrayLike<number>): number[] {
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
  const [first, both, second] = [inverse[0]!, inverse[1]!, inverse[3]!]
  const z = (sum: number, c: number, v1: number, v2: number) => Math.abs((sum / n - c) / Math.sqrt((v1 * v2 + c * c) / n))
  return [z(sums[0]!, first, first, first), z(sums[1]!, both, first, second), z(sums[2]!, second, second, second)]
}

describe('a metric', () => {
  it.each([
    ['dense', denseMetric(covariance, 2)!, covariance],
    ['low-rank', lowRank, lowRankInverse],
  ] as const)('of kind %s maps momenta to velocities by its inverse', (_, metric, inverse) => {
    const velocity = new Float64Array(2)
    metric.velocityInto(velocity, Float64Array.of(1, 2))
    expect(velocity[0]).toBeCloseTo(inverse[0]! + 2 * inverse[1]!, 12)
    expect(velocity[1]).toBeCloseTo(inverse[2]! + 2 * inverse[3]!, 12)
  })

  it.each([
    ['dense', denseMetric(covariance, 2)!, covariance],
    ['low-rank', lowRank, lowRankInverse],
  ] as const)('of kind %s has momenta whose covariance is the metric', (_, metric, inverse) => {
    expect(Math.max(...velocityScores(metric, inverse))).toBeLessThan(4)
  })

  it('of no directions is diagonal, and so is a dense one without correlations', () => {
    const momenta = [
      diagonalMetric(Float64Array.of(4, 0.25)),
      denseMetric(Float64Array.of(4, 0, 0, 0.25), 2)!,
      lowRankMetric({ scales: Float64Array.of(2, 0.5), vectors: new Float64Array(0), eigenvalues: new Float64Array(0) }),
    ].map(metric => {
      const momentum = new Float64Array(2)
      metric.momentumInto(momentum, createStream(prngKey(2)))
      return momentum
    })
    expect(momenta[1]).toEqual(momenta[0])
    expect(momenta[2]).toEqual(momenta[0])
  })

  it.each([unitMetric(3), denseMetric(covariance, 2)!, lowRank])('is restored to the bit from what it saves', metric => {
    const d = metric.kind === 'low-rank' ? 2 : metric.kind === 'dense' ? 2 : 3
    const again = restoreMetric(structuredClone(metric.save()))
    expect(again.kind).toBe(metric.kind)
    const [before, after] = [metric, again].map(each => {
      const [momentum, velocity] = [new Float64Array(d), new Float64Array(d)]
      each.momentumInto(momentum, createStream(prngKey(5)))
      each.velocityInto(velocity, momentum)
      return [...momentum, ...velocity]
    })
    expect(after).toEqual(before)
  })

  it('is not made from vectors that are none', () => {
    expect(() => restoreMetric({ draws: new Float64Array(2) })).toThrow('not a saved metric: draws')
    expect(() => restoreMetric({ covariance: Float64Array.of(1, 2, 2, 1) })).toThrow(RangeError)
  })

  it('does not exist for a matrix that is not positive definite', () => {
    expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toBeNull()
    expect(denseMetric(Float64Array.of(1, NaN, NaN, 1), 2)).toBeNull()
  })
})
