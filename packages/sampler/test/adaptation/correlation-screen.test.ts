import { describe, expect, it } from 'vitest'
import { mayBeCorrelated } from '../../src/adaptation/correlation-screen.js'
import { normalPoints, withScales, withSpikes } from './points.js'

const readOf = (points: ReturnType<typeof normalPoints>) => ({
  count: points.length,
  draws: Float64Array.from(points.flatMap(({ position }) => [...position])),
  gradients: Float64Array.from(points.flatMap(({ gradient }) => [...gradient])),
})
const independent = (dimension: number) =>
  normalPoints(100, 3, dimension, withScales(Float64Array.from({ length: dimension }, (_, i) => i + 1)))

describe('draws', () => {
  it.each([1, 5, 20])('that are independent are seen to be, in %i dimensions', dimension => {
    expect(mayBeCorrelated(readOf(independent(dimension)), dimension)).toBe(false)
  })

  it.each([
    ['wide', 16],
    ['narrow', 1 / 16],
  ])('with one %s direction across all coordinates are not taken for independent', (_, variance) => {
    const vector = new Float64Array(10).fill(1 / Math.sqrt(10))
    expect(mayBeCorrelated(readOf(normalPoints(100, 4, 10, withSpikes([{ vector, variance }]))), 10)).toBe(true)
  })

  it('of many dimensions, or that do not move, are left to the estimate', () => {
    expect(mayBeCorrelated(readOf(independent(40)), 40)).toBe(true)
    const still = { count: 20, draws: new Float64Array(60).fill(1), gradients: new Float64Array(60).fill(1) }
    expect(mayBeCorrelated(still, 3)).toBe(true)
  })
})
