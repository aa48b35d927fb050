import { describe, expect, it } from 'vitest'
import { betaDistribution, betaQuantile } from '../src/beta-quantile.js'
import { gammaUpperTail } from '../src/gamma-tail.js'
import { chiSquareUpperTail, logSumExp, normalQuantile } from '../src/index.js'
import { expectAgreement } from './golden.js'

describe('normal quantile', () => {
  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798405],
    [1e-10, -6.361340902404056],
    [0.001, -3.090232306167813],
    [0.0746, -1.4423629859249492],
    [0.2, -0.8416212335729142],
    [0.5, 0],
    [0.975, 1.9599639845400536],
    [0.999999999999, 7.0344869100478356],
  ])('at %d is %d, as in the Python standard library', (p, expected) => expectAgreement(normalQuantile(p), expected, 1e-15))

  it('is infinite at the ends and undefined beyond', () => {
    expect([0, 1, -0.1, 1.1, NaN].map(normalQuantile)).toEqual([-Infinity, Infinity, NaN, NaN, NaN])
  })
})

describe('chi-square upper tail', () => {
  it.each([
    [10, 2, 0.006737946999085467],
    [18.307, 10, 0.050000589091398095],
    [70, 100, 0.99015449752359141],
    [180, 100, 1.6494985017178249e-6],
    [5164, 4996, 0.047573970367165333],
    [50521, 50000, 0.050091708076078975],
    [49000, 50000, 0.99926742034485772],
    [23000, 19996, 6.8739047922224864e-47],
  ])('of %d on %d degrees of freedom is %d, the Poisson sum to 60 digits', (q, df, expected) => {
    expectAgreement(chiSquareUpperTail(q, df), expected, 1e-12)
  })

  it('of one degree of freedom is the two-sided normal probability', () => {
    for (const p of [0.9, 0.5, 0.05, 1e-3, 1e-8]) {
      const z = normalQuantile(p / 2)
      expectAgreement(chiSquareUpperTail(z * z, 1), p, 1e-13)
    }
  })

  it('is 1 at 0, 0 at Infinity and undefined for NaN', () => {
    expect(chiSquareUpperTail(0, 3)).toBe(1)
    expect(chiSquareUpperTail(Infinity, 3)).toBe(0)
    expect(chiSquareUpperTail(40_000, 1)).toBe(0)
    expect(chiSquareUpperTail(0, 0)).toBe(1)
    expect(chiSquareUpperTail(1, 0)).toBe(0)
    expect(chiSquareUpperTail(NaN, 3)).toBeNaN()
    expect(chiSquareUpperTail(1, NaN)).toBeNaN()
    expect(gammaUpperTail(-1, 1)).toBeNaN()
    expect(gammaUpperTail(1, 0)).toBe(1)
  })
})

describe('beta distribution', () => {
  it.each([
    [1, 3, 0.2, 0.488],
    [51, 951, 0.06, 0.90079099383424333],
    [501, 501, 0.49, 0.26336909163832728],
    [5001, 20001, 0.2025, 0.83617722942808448],
    [40, 2, 0.9, 0.073904414707172961],
  ])('with shapes %d and %d at %d has probability %d, the binomial sum to 60 digits, and back', (a, b, x, probability) => {
    expectAgreement(betaDistribution(x, a, b).probability, probability, 1e-12)
    expectAgreement(betaQuantile(probability, a, b), x, 1e-12)
  })

  it('keeps its precision for a million draws', () => {
    const x = betaQuantile(0.1586553, 5e5, 9.5e6)
    expectAgreement(betaDistribution(x, 5e5, 9.5e6).probability, 0.1586553, 1e-11)
  })

  it('has closed-form quantiles for one shape 1', () => {
    expectAgreement(betaQuantile(0.1, 1, 1e6), -Math.expm1(Math.log(0.9) / 1e6), 1e-11)
    expectAgreement(betaQuantile(0.1, 1e4, 1), Math.exp(Math.log(0.1) / 1e4), 1e-12)
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1])
    expect(betaQuantile(0.5, NaN, 3)).toBeNaN()
  })
})

it('the logarithm of a sum of exponentials neither overflows nor hides a NaN', () => {
  expect(logSumExp(Float64Array.from([1000, 1000]))).toBeCloseTo(1000 + Math.LN2, 10)
  expect(logSumExp(Float64Array.from([-Infinity]))).toBe(-Infinity)
  expect(logSumExp(Float64Array.from([]))).toBe(-Infinity)
  expect(logSumExp(Float64Array.from([Infinity, 0]))).toBe(Infinity)
  expect(logSumExp(Float64Array.from([-Infinity, NaN]))).toBeNaN()
})
