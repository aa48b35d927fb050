import { describe, expect, it } from 'vitest'
import { scaleEstimate } from '../../src/adaptation/scale-estimate.js'
import { startVariances } from '../../src/adaptation/start-metric.js'

describe('variances of draws and gradients', () => {
  it('are exact for a normal target: var x = s^2, var g = s^-2, whatever the draws', () => {
    const drawVariances = Float64Array.of(4 * 0.7, 1e-4 * 0.7)
    const gradientVariances = Float64Array.of(0.7 / 4, 0.7 / 1e-4)
    const known = Float64Array.of(4, 1e-4)
    const estimate = scaleEstimate(10, drawVariances, gradientVariances, known)
    known.forEach((v, i) => expect(estimate[i]! / v).toBeCloseTo(1, 12))
  })

  it('count n draws against five that say what was known before', () => {
    const [estimate] = scaleEstimate(15, Float64Array.of(Math.E), Float64Array.of(1 / Math.E), Float64Array.of(Math.exp(5)))
    expect(Math.log(estimate!)).toBeCloseTo((15 * 1 + 5 * 5) / 20, 12)
  })

  it.each([
    ['equal gradients', 1, 0],
    ['a coordinate that does not move', 0, 1],
    ['neither moving', 0, 0],
    ['infinite gradients', 1, Infinity],
    ['gradients that are not numbers', 1, NaN],
  ])('keep what was known before for %s', (_, drawVariance, gradientVariance) => {
    expect([...scaleEstimate(50, Float64Array.of(drawVariance), Float64Array.of(gradientVariance), Float64Array.of(3))]).toEqual([3])
  })
})

describe('the first variances', () => {
  it('are 1 / |gradient|', () => {
    startVariances(Float64Array.of(-2, 0.5, 4)).forEach((v, i) => expect(v).toBeCloseTo([0.5, 2, 0.25][i]!, 12))
  })

  it('stay within a factor 1000 of their geometric mean', () => {
    const variances = startVariances(Float64Array.of(1, 1, 1, 1, 1e-12))
    const centre = Math.exp((12 * Math.LN10) / 5)
    expect(variances[4]! / centre).toBeCloseTo(1000, 6)
  })

  it('are that mean where a gradient of zero says nothing, and ones where all are zero', () => {
    startVariances(Float64Array.of(1, 0, 4)).forEach((v, i) => expect(v).toBeCloseTo([1, 0.5, 0.25][i]!, 12))
    expect([...startVariances(new Float64Array(3))]).toEqual([1, 1, 1])
  })

  it('are positive and finite whatever the gradients are', () => {
    expect([...startVariances(Float64Array.of(NaN, Infinity, 1))].every(v => v > 0 && v < Infinity)).toBe(true)
  })
})
