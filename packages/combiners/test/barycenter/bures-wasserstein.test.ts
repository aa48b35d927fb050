import { describe, expect, it } from 'vitest'
import { buresWassersteinBarycenter, optimalTransport } from '../../src/barycenter/bures-wasserstein.js'
import { multiply, transpose } from '../../src/linear-algebra/matrix.js'
import { squareRoot } from '../../src/linear-algebra/spectral.js'
import { unlikeCovariances } from '../gaussian-shards.js'

const matrices = (count: number, dimension: number) => unlikeCovariances(count, dimension).map(matrix => Float64Array.from(matrix))

describe('Bures-Wasserstein barycentre', () => {
  it('averages standard deviations where covariances commute', () => {
    const rotation = Float64Array.of(0.6, -0.8, 0.8, 0.6)
    const about = (a: number, b: number): Float64Array =>
      multiply(multiply(rotation, Float64Array.of(a * a, 0, 0, b * b), 2), transpose(rotation, 2), 2)
    const { covariance, steps } = buresWassersteinBarycenter([about(1, 2), about(3, 0.5), about(5, 3.5)], 2)
    about(3, 2).forEach((value, at) => expect(covariance[at]).toBeCloseTo(value, 10))
    expect(steps).toBeLessThanOrEqual(2) // the second finds that nothing moves
  })

  it('solves K = mean of (K^(1/2) V K^(1/2))^(1/2) for covariances that do not', () => {
    const parts = matrices(7, 4)
    const { covariance } = buresWassersteinBarycenter(parts, 4)
    const root = squareRoot(covariance, 4)
    const sum = new Float64Array(16)
    for (const part of parts) squareRoot(multiply(multiply(root, part, 4), root, 4), 4).forEach((value, at) => (sum[at] += value / 7))
    const scale = Math.sqrt(covariance.reduce((total, value) => total + value * value, 0))
    sum.forEach((value, at) => expect(Math.abs(value - covariance[at]) / scale).toBeLessThan(1e-9))
  })

  it('of 2 x 2 covariances lies on the geodesic: ((1/2) I + (1/2) T) V ((1/2) I + (1/2) T), T the transport map', () => {
    const [a, b] = matrices(2, 2)
    const half = optimalTransport(a, b, 2).map((value, at) => (value + (at % 3 === 0 ? 1 : 0)) / 2)
    const middle = multiply(multiply(half, a, 2), half, 2)
    const { covariance } = buresWassersteinBarycenter([a, b], 2)
    middle.forEach((value, at) => expect(covariance[at]).toBeCloseTo(value, 8)) // McCann (1997)
  })
})

it('the optimal transport map is symmetric and carries one covariance to the other', () => {
  const [from, to] = matrices(2, 3)
  const map = optimalTransport(from, to, 3)
  const carried = multiply(multiply(map, from, 3), map, 3)
  to.forEach((value, at) => {
    expect(carried[at]).toBeCloseTo(value, 9)
    expect(map[at]).toBeCloseTo(transpose(map, 3)[at], 9)
  })
})
