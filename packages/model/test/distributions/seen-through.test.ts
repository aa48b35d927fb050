import { describe, expect, it } from 'vitest'

import { exp, logistic } from '../../src/expression/elementary.js'
import { Value } from '../../src/expression/value.js'
import { input } from '../../src/graph/build.js'
import { families } from './families.js'
import { valueAndGradient } from './reverse-mode.js'

describe('the density of a positive parameter exp(u)', () => {
  it.each([
    ['logNormal', [0, 20]],
    ['gamma', [0.001, 0.001]],
    ['gamma', [1, 2]],
    ['inverseGamma', [0.5, 2]],
    ['weibull', [0.5, 3]],
    ['chiSquared', [1]],
  ] as const)('%s(%j) is not NaN where exp(u) is 0 or infinite', (name, args) => {
    const f = (u: Value): Value => families[name](...args).logDensity(exp(u))
    for (const u of [-800, 800]) {
      const [value] = valueAndGradient(f as (...values: readonly Value[]) => Value, [u])
      expect(value).not.toBeNaN()
      expect(value).toBeLessThan(Infinity)
    }
    const [value, slope] = valueAndGradient(f as (...values: readonly Value[]) => Value, [-800])
    if (name !== 'inverseGamma') expect(Number.isFinite(value) && Number.isFinite(slope)).toBe(true)
  })
})

describe('the density of a probability logistic(u)', () => {
  it.each([
    [1, 1],
    [0.5, 0.5],
    [3, 1],
  ])('beta(%d, %d) has the finite slope of its own logarithms where logistic(u) is 0 or 1', (a, b) => {
    const f = (u: Value): Value => families.beta(a, b).logDensity(logistic(u))
    for (const [u, expected] of [
      [800, -(b - 1)],
      [-800, a - 1],
    ]) {
      const [value, slope] = valueAndGradient(f as (...values: readonly Value[]) => Value, [u])
      expect(Number.isFinite(value)).toBe(true)
      expect(slope).toBeCloseTo(expected, 12)
    }
  })
})

it('a uniform density has the shape of x', () => {
  const plate = { name: 'rows', size: 4, role: 'rows', order: 0 } as const
  const x = new Value(input('x', { plates: [plate], event: [2] }))
  expect(families.uniform(0, 5).logDensity(x).node.shape).toEqual({ plates: [plate], event: [2] })
})
