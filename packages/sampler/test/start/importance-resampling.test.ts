import { describe, expect, it } from 'vitest'
import { prngKey } from '@chorale/random'
import { resample } from '../../src/start/importance-resampling.js'

const draws = (logDensities: readonly number[]) => ({
  paths: [],
  iterations: 0,
  candidates: logDensities.map(logDensity => ({ position: new Float64Array(1), gradient: new Float64Array(1), logDensity, path: 0 })),
  logMixture: new Float64Array(logDensities.length),
})

describe('importance resampling', () => {
  it('chooses in proportion to the weights, to one draw', () => {
    const weights = [1, 2, 3, 4]
    const { chosen } = resample(draws(weights.map(Math.log)), 1000, prngKey(1))!
    weights.forEach((weight, i) => expect(Math.abs(chosen.filter(n => n === i).length - 100 * weight)).toBeLessThanOrEqual(1))
  })

  it('chooses one draw with the probability of its weight', () => {
    const chosen = Array.from({ length: 1000 }, (_, seed) => resample(draws([Math.log(1), Math.log(3)]), 1, prngKey(seed))!.chosen[0])
    expect(Math.abs(chosen.filter(n => n === 0).length - 250)).toBeLessThan(4 * Math.sqrt(1000 * 0.25 * 0.75))
  })

  it('never chooses where the density is zero or infinite', () => {
    const { chosen } = resample(draws([-Infinity, 0, Infinity, 0]), 100, prngKey(1))!
    expect([...new Set(chosen)].sort()).toEqual([1, 3])
  })

  it('has no choice where no density is positive', () => {
    expect(resample(draws([-Infinity, -Infinity]), 10, prngKey(1))).toBeUndefined()
    expect(resample(draws([]), 10, prngKey(1))).toBeUndefined()
  })

  it('gives the same order for the same key', () => {
    const [a, b, c] = [1, 1, 2].map(seed => resample(draws([0, 0, 0, 0]), 50, prngKey(seed))!.chosen)
    expect(a).toEqual(b)
    expect(a).not.toEqual(c)
  })
})
