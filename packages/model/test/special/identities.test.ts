import { describe, expect, it } from 'vitest'
import {
  atan,
  logBetaI,
  logBetaIc,
  logBetaIDa,
  logBetaIDb,
  logGammaP,
  logGammaPDa,
  logGammaQ,
  logGammaQDa,
  logNormalCdf,
  logNormalInterval,
  normalCdf,
  owenT,
  pow,
} from '../../src/special/index.js'

describe('pow', () => {
  const special = [0, -0, 1, -1, 2, -2, 3, 0.5, -0.5, Infinity, -Infinity, NaN, 1e300, -1e300, 9007199254740992]

  it('has the special cases of the language', () => {
    for (const x of special) {
      for (const y of special) {
        const expected = Math.pow(x, y)
        const actual = pow(x, y)
        if (Number.isFinite(expected) && expected !== 0) expect(Math.abs(actual / expected - 1)).toBeLessThanOrEqual(2 * Number.EPSILON)
        else expect(actual, `${x}^${y}`).toBe(expected)
      }
    }
  })

  it('keeps 2 units in the last place over all powers of two', () => {
    let worst = 0
    for (let n = -1022; n <= 1023; n++) worst = Math.max(worst, Math.abs(pow(2, n) / Math.pow(2, n) - 1))
    expect(worst).toBeLessThanOrEqual(2 * Number.EPSILON)
  })

  it('reaches the subnormal numbers and both ends', () => {
    expect(pow(2, -1074)).toBe(5e-324)
    expect(pow(10, -310) / 1e-310).toBeCloseTo(1, 12)
    expect(pow(10, 309)).toBe(Infinity)
    expect(pow(10, -400)).toBe(0)
    expect(pow(-3, 5)).toBeCloseTo(-243, 12)
    expect(pow(-8, 1 / 3)).toBeNaN()
  })
})

describe('incomplete gamma', () => {
  it('is the exponential distribution for shape 1', () => {
    for (const x of [1e-5, 0.3, 1, 2, 5, 50, 800]) expect(logGammaQ(1, x) / -x).toBeCloseTo(1, 13)
  })

  it('is the Erlang distribution for whole shapes, where the continued fraction ends', () => {
    // Q(3, x) = e^-x (1 + x + x^2/2).
    for (const x of [0.5, 4, 10, 200]) expect(logGammaQ(3, x)).toBeCloseTo(-x + Math.log(1 + x + (x * x) / 2), 11)
  })

  it('puts the median of a large shape near a - 1/3', () => {
    expect(logGammaP(1e8, 1e8 - 1 / 3)).toBeCloseTo(-Math.LN2, 10)
  })

  it('does not depend on what was asked before', () => {
    const first = logGammaQDa(3, 4)
    logGammaPDa(5, 4)
    expect(logGammaQDa(3, 4)).toBe(first)
  })
})

describe('incomplete beta', () => {
  it('is a power function where one shape is 1', () => {
    for (const a of [0.01, 0.5, 3, 40, 1e4]) {
      for (const x of [1 / 1024, 0.25, 0.5, 0.96875]) {
        expect(logBetaI(a, 1, x) / (a * Math.log(x))).toBeCloseTo(1, 12)
        expect(logBetaIDa(a, 1, x) / Math.log(x)).toBeCloseTo(1, 12)
        expect(logBetaIc(1, a, x) / (a * Math.log1p(-x))).toBeCloseTo(1, 12)
      }
    }
  })

  it('exchanges its tails with its shapes', () => {
    for (const [a, b] of [
      [0.3, 7],
      [40, 90],
      [1e3, 2],
    ] as const) {
      for (const x of [0.125, 0.3125, 0.75]) expect(logBetaI(a, b, x)).toBeCloseTo(logBetaIc(b, a, 1 - x), 10)
    }
  })

  it('is one half in the middle of equal shapes, however large', () => {
    for (const a of [0.01, 1, 29, 31, 1e4, 1e8]) expect(logBetaI(a, a, 0.5)).toBeCloseTo(-Math.LN2, 11)
  })

  it('does not depend on what was asked before', () => {
    const first = logBetaIDb(3, 4, 0.3)
    logBetaIDa(5, 4, 0.3)
    expect(logBetaIDb(3, 4, 0.3)).toBe(first)
  })
})

describe('normal intervals', () => {
  it('mirror', () => {
    for (const [a, b] of [
      [-3, -2],
      [-0.5, 0.25],
      [-1, 6],
      [20, 20.001],
    ] as const)
      expect(logNormalInterval(a, b)).toBe(logNormalInterval(-b, -a))
  })

  it('are the tails when one end is infinite', () => {
    expect(logNormalInterval(-Infinity, -40)).toBe(logNormalCdf(-40))
    expect(logNormalInterval(40, Infinity)).toBe(logNormalCdf(-40))
  })

  it('have density times width when very narrow, also where both ends have the same distribution function', () => {
    const width = 30.0000001 - 30
    expect(logNormalInterval(30, 30.0000001)).toBeCloseTo(-450 - 0.5 * Math.log(2 * Math.PI) + Math.log(width) - 15 * width, 12)
  })
})

describe("Owen's T", () => {
  it('is even in h and odd in a', () => {
    expect(owenT(-1.5, 0.7)).toBe(owenT(1.5, 0.7))
    expect(owenT(1.5, -0.7)).toBe(-owenT(1.5, 0.7))
  })

  it('is Phi(h) (1 - Phi(h)) / 2 at a = 1 and an angle at h = 0', () => {
    for (const h of [0.1, 1, 3, 8]) expect(owenT(h, 1) / (0.5 * normalCdf(h) * normalCdf(-h))).toBeCloseTo(1, 13)
    expect(owenT(0, 2.5)).toBe(atan(2.5) / (2 * Math.PI))
  })
})
