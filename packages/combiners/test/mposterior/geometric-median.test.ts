import { describe, expect, it } from 'vitest'
import { distancesByGram, geometricMedianWeights } from '../../src/mposterior/geometric-median.js'

/** The geometric median of points of the plane, by their inner products. */
function medianOf(points: readonly (readonly [number, number])[]): [number, number] {
  const gram = Float64Array.from(points.flatMap(([x, y]) => points.map(([u, v]) => x * u + y * v)))
  const weights = geometricMedianWeights(points.length, distancesByGram(gram))
  return [0, 1].map(axis => points.reduce((sum, point, s) => sum + weights[s] * point[axis], 0)) as [number, number]
}

describe('geometric median', () => {
  it('of a triangle sees every side under 120 degrees (the Fermat point)', () => {
    const triangle = [[0, 0], [4, 0], [1, 3]] as const // prettier-ignore
    const [x, y] = medianOf(triangle)
    const unit = triangle.map(([u, v]) => [(u - x) / Math.hypot(u - x, v - y), (v - y) / Math.hypot(u - x, v - y)])
    for (const [a, b] of [[0, 1], [1, 2], [2, 0]] as const) {
      expect(unit[a][0] * unit[b][0] + unit[a][1] * unit[b][1]).toBeCloseTo(-0.5, 6)
    } // prettier-ignore
  })

  it('of four corners is where the diagonals cross', () => {
    const [x, y] = medianOf([[0, 0], [2, 0], [5, 6], [0, 1]]) // prettier-ignore
    expect([x, y].every(Number.isFinite)).toBe(true)
    const [u, v] = medianOf([[0, 0], [4, 0], [4, 2], [0, 2]]) // prettier-ignore
    expect(u).toBeCloseTo(2, 8)
    expect(v).toBeCloseTo(1, 8)
  })

  it('stays among the majority, however far the others go', () => {
    for (const far of [1e2, 1e4]) {
      const [x, y] = medianOf([[0, 0], [0, 1], [1, 0], [far, far], [far, -far]]) // prettier-ignore
      expect(Math.hypot(x, y)).toBeLessThan(2)
    }
  })

  it('of equal elements weighs them equally', () => {
    expect(geometricMedianWeights(4, distancesByGram(new Float64Array(16).fill(1)))).toEqual(new Float64Array(4).fill(0.25))
  })
})
