import { describe, expect, it } from 'vitest'
import { kHatThreshold, minimumDraws, psis, weightEss } from '../src/index.js'
import { expectAgreement, golden } from './golden.js'
import { randomDraws } from './random-draws.js'

const reference = golden.psis_single
const logRatios = Float64Array.from(reference.log_ratios as number[])

describe('the reference sample', () => {
  const smoothed = psis(logRatios, { relativeEfficiency: reference.r_eff })

  it('has the same shape, tail and smoothed weights', () => {
    expect(Object.keys(reference)).toEqual(['log_ratios', 'r_eff', 'pareto_k', 'n_eff', 'log_weights_unnorm', 'tail_len'])
    expect(smoothed.tailLength).toBe(reference.tail_len)
    expectAgreement(smoothed.paretoK, reference.pareto_k)
    expectAgreement(smoothed.logWeights, reference.log_weights_unnorm)
    expectAgreement(weightEss(smoothed.logWeights) * reference.r_eff, reference.n_eff)
  })

  it('is not changed by a constant added to the log ratios', () => {
    const shifted = psis(logRatios.map(value => value - 1e4))
    expectAgreement(shifted.paretoK, reference.pareto_k, 1e-7)
    expectAgreement(weightEss(shifted.logWeights), reference.n_eff, 1e-7)
  })
})

describe('weights that leave nothing to fit', () => {
  it('of a perfect proposal, all equal, have k-hat -Infinity and the ESS of plain draws', () => {
    const { paretoK, logWeights } = psis(new Float64Array(1000).fill(-123.4))
    expect(paretoK).toBe(-Infinity)
    expect(paretoK < kHatThreshold(1000)).toBe(true)
    expect(weightEss(logWeights)).toBeCloseTo(1000, 9)
  })

  it('that differ by rounding of two large log densities are equal', () => {
    const random = randomDraws(1)
    const difference = () => {
      const u = random.uniform()
      return 1e7 + u - 1e7 - u
    }
    const { paretoK } = psis(Float64Array.from({ length: 1000 }, difference))
    expect(paretoK).toBe(-Infinity)
  })

  it('with one NaN or Infinity pass no gate', () => {
    for (const bad of [NaN, Infinity]) {
      const { paretoK, logWeights } = psis(logRatios.with(7, bad))
      expect(paretoK).toBeNaN()
      expect(weightEss(logWeights)).toBeNaN()
    }
  })

  it('that are all zero pass no gate', () => {
    expect(psis(new Float64Array(100).fill(-Infinity)).paretoK).toBeNaN()
  })

  it('of too few draws are reported as the worst', () => {
    expect(psis(logRatios.slice(0, 20)).paretoK).toBe(Infinity)
  })

  it('with a tail of ties pass no gate', () => {
    expect(psis(Float64Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 0 : -1))).paretoK).toBeNaN()
  })
})

it('gives draws outside the support no weight and smooths the rest', () => {
  const { paretoK, logWeights } = psis(logRatios.with(7, -Infinity))
  expect(logWeights[7]).toBe(-Infinity)
  expect(paretoK).toBeCloseTo(reference.pareto_k, 1)
})

it('estimates the shape of weights whose shape is known', () => {
  // exp(k x) of exponential x is Pareto with shape k; the estimator's sd is about (1 + k)/sqrt(M).
  const random = randomDraws(2)
  const size = 20_000
  for (const k of [0.2, 0.5, 0.8]) {
    const { paretoK, tailLength } = psis(Float64Array.from({ length: size }, () => -k * Math.log(random.uniform())))
    expect(Math.abs(paretoK - k)).toBeLessThan((4 * (1 + k)) / Math.sqrt(tailLength))
  }
})

it('shortens the tail of inefficient chains less than that of independent draws', () => {
  expect(psis(logRatios, { relativeEfficiency: 0.5 }).tailLength).toBe(Math.ceil(3 * Math.sqrt(2000)))
})

it('refuses to work without draws or with an efficiency that is not positive', () => {
  expect(() => psis(new Float64Array(0))).toThrow(RangeError)
  expect(() => psis(logRatios, { relativeEfficiency: 0 })).toThrow(/Relative efficiency is 0/)
})

it('has thresholds that grow with the number of draws up to 0.7', () => {
  expect(kHatThreshold(100)).toBeCloseTo(0.5, 14)
  expect(kHatThreshold(1000)).toBeCloseTo(2 / 3, 14)
  expect(kHatThreshold(1e6)).toBe(0.7)
  expect(kHatThreshold(NaN)).toBeNaN()
  expect(minimumDraws(-1)).toBeCloseTo(10, 12)
  expect(minimumDraws(0.5)).toBeCloseTo(100, 10)
  expect(minimumDraws(1)).toBe(Infinity)
  expect(minimumDraws(NaN)).toBeNaN()
})

it('counts one draw with all the weight as one, and equal weights as all', () => {
  expect(weightEss(Float64Array.from([0, -800, -900]))).toBe(1)
  expect(weightEss(Float64Array.from([5, 5, 5, -Infinity]))).toBeCloseTo(3, 14)
  expect(weightEss(Float64Array.from([0, NaN]))).toBeNaN()
  expect(weightEss(Float64Array.from([-Infinity, -Infinity]))).toBeNaN()
})
