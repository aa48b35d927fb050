import { describe, expect, it } from 'vitest'
import { lowRankEstimate } from '../../src/adaptation/low-rank-estimate.js'
import type { PhasePoint } from '../../src/engine/phase-point.js'
import { eigenOf } from '../metric/eigen-of.js'
import { normalPoints, withScales, withSpikes } from './points.js'

const rows = (points: readonly PhasePoint[], field: 'position' | 'gradient') => Float64Array.from(points.flatMap(p => [...p[field]]))

const estimateOf = (points: readonly PhasePoint[], dimension: number) =>
  lowRankEstimate(
    { count: points.length, draws: rows(points, 'position'), gradients: rows(points, 'gradient') },
    new Float64Array(dimension).fill(1),
    directions => 1 + directions / 20_000,
  )

/** Orthogonal waves. */
const wave = (dimension: number, frequency: number): Float64Array =>
  Float64Array.from({ length: dimension }, (_, i) => Math.sqrt(2 / dimension) * Math.cos((Math.PI * frequency * (i + 0.5)) / dimension))

/** Variances of the target on the scale of the metric: eigenvalues of W R R' W', where `points` maps z to R z and the metric whitens by W. */
function whitenedVariances(
  points: (z: Float64Array) => readonly [Float64Array, Float64Array],
  dimension: number,
  estimate: NonNullable<ReturnType<typeof estimateOf>>,
) {
  const matrix = new Float64Array(dimension * dimension)
  const row = new Float64Array(dimension)
  for (let i = 0; i < dimension; i++) {
    const unit = new Float64Array(dimension)
    unit[i] = 1
    const [x] = points(unit)
    whitenInto(row, x, estimate)
    for (let j = 0; j < dimension; j++) matrix[j * dimension + i] = row[j]!
  }
  const covariance = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) {
      for (let k = 0; k < dimension; k++) covariance[i * dimension + j]! += matrix[i * dimension + k]! * matrix[j * dimension + k]!
    }
  }
  return eigenOf(covariance, dimension)!.map(({ value }) => value)
}

/** y = (I + U' (L^-1/2 - I) U) S^-1 x. */
function whitenInto(
  out: Float64Array,
  x: Float64Array,
  { scales, vectors, eigenvalues }: NonNullable<ReturnType<typeof estimateOf>>,
): void {
  const d = x.length
  for (let i = 0; i < d; i++) out[i] = x[i]! / scales[i]!
  const y = out.slice()
  eigenvalues.forEach((value, k) => {
    const u = vectors.subarray(k * d, (k + 1) * d)
    const weight = (1 / Math.sqrt(value) - 1) * u.reduce((sum, a, i) => sum + a * y[i]!, 0)
    u.forEach((a, i) => (out[i]! += weight * a))
  })
}

describe('a low-rank metric', () => {
  it.each([
    [20, 60],
    [100, 140],
  ])('recovers the spikes of a normal target of dimension %i from %i draws', (dimension, draws) => {
    const spikes = [
      { vector: wave(dimension, 1), variance: 100 },
      { vector: wave(dimension, 4), variance: 25 },
      { vector: wave(dimension, 9), variance: 0.02 },
    ]
    const draw = withSpikes(spikes)
    const estimate = estimateOf(normalPoints(draws, 3, dimension, draw), dimension)!
    const ratios = estimate.eigenvalues.map(value => value * estimate.scales[0]! * estimate.scales[0]!)
    expect([...ratios].sort((a, b) => b - a).map(v => Math.round(v * 100) / 100)).toEqual([100, 25, 0.02])
    const variances = whitenedVariances(draw, dimension, estimate)
    expect(variances[0]).toBeGreaterThan(0.5)
    expect(variances[dimension - 1]).toBeLessThan(2)
  })

  it('finds the wide directions of more correlated coordinates than it has draws', () => {
    const dimension = 150
    const spikes = Array.from({ length: 12 }, (_, k) => ({ vector: wave(dimension, k + 1), variance: 200 / (k + 1) }))
    const draw = withSpikes(spikes)
    const estimate = estimateOf(normalPoints(100, 5, dimension, draw), dimension)!
    const variances = whitenedVariances(draw, dimension, estimate)
    expect(variances[dimension - 1]! / variances[0]!).toBeLessThan(200 / 10)
    expect(estimate.gain).toBeGreaterThan(5)
  })

  it('has nothing to correct where coordinates are independent', () => {
    expect(estimateOf(normalPoints(60, 7, 30, withScales(new Float64Array(30).fill(1))), 30)).toBeNull()
  })

  it('takes chance for chance: independent draws and gradients have no directions that later draws confirm', () => {
    const points = normalPoints(100, 9, 120, z => [z, z])
    const others = normalPoints(100, 10, 120, z => [z, z])
    const mixed = points.map((point, i) => ({ ...point, gradient: others[i]!.position }))
    const estimate = estimateOf(mixed, 120)
    expect(estimate?.gain ?? 1).toBeLessThan(2)
  })

  it('has no estimate where gradients are equal or not finite', () => {
    const points = normalPoints(40, 11, 5, withScales(new Float64Array(5).fill(1)))
    const bad = points.map(point => ({ ...point, gradient: new Float64Array(5).fill(NaN) }))
    expect(estimateOf(bad, 5)).toBeNull()
    const equal = points.map(point => ({ ...point, gradient: new Float64Array(5).fill(1) }))
    const estimate = estimateOf(equal, 5)
    expect(estimate === null || estimate.eigenvalues.every(v => v > 0 && v < Infinity)).toBe(true)
  })
})
