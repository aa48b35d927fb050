import { describe, expect, test } from 'vitest'
import { createStream, prngKey } from '@chorale/random'

import type { BoundModel, ParameterInfo } from '../../src/contracts/index.js'
import { checkGradient } from '../../src/planning/check-gradient.js'

const POWERS = { prior: 1, jacobian: 1, likelihood: 1 }

/** A model given by its log density and gradient alone. */
function density(names: readonly string[], logDensityInto: BoundModel['logDensityInto']): BoundModel {
  const copy = (to: Float64Array, from: Float64Array): void => to.set(from)
  const parameters = names.map((name, offset): ParameterInfo => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 }))
  return { parameters, dimension: names.length, logDensityInto, constrainInto: copy, unconstrainInto: copy }
}

const check = (bound: BoundModel, seed = 1): boolean => checkGradient(bound, POWERS, prngKey(seed), './model.ts')
const everySeed = (bound: BoundModel): boolean => Array.from({ length: 20 }, (_, seed) => check(bound, seed)).every(Boolean)

/** Normal likelihood of rows with mean a + b x; `wrong` is added to the component of b, relative to its size. */
function regression(rows: number, { sd = 1, offset = 0, wrong = 0 } = {}): BoundModel {
  const stream = createStream(prngKey(7))
  const x = Float64Array.from({ length: rows }, () => stream.normal())
  const y = x.map(value => 1 + 2 * value + stream.normal())
  return density(['a', 'b'], (gradient, position) => {
    const [a, b] = [position[0]!, position[1]!]
    let value = offset
    gradient.fill(0)
    for (let i = 0; i < rows; i++) {
      const residual = (y[i]! - a - b * x[i]!) / sd
      value -= 0.5 * residual * residual
      gradient[0]! += residual / sd
      gradient[1]! += (residual * x[i]!) / sd
    }
    gradient[1]! *= 1 + wrong
    return value
  })
}

describe('a right gradient passes', () => {
  test('of a likelihood of a million rows, summed plainly', () => expect(check(regression(1e6))).toBe(true))
  test('of a likelihood of narrow noise (a density of size 1e7 and more)', () =>
    expect(everySeed(regression(1000, { sd: 0.005 }))).toBe(true))
  test('that is small in a density of size 1e7', () => expect(everySeed(regression(10, { offset: -1e7 }))).toBe(true))
  test('of parameters on very different scales', () => {
    const scales = [1e-6, 1, 1e6]
    const bound = density(['a', 'b', 'c'], (gradient, position) => {
      let value = 0
      scales.forEach((scale, i) => {
        value -= (0.5 * position[i]! * position[i]!) / (scale * scale)
        gradient[i] = -position[i]! / (scale * scale)
      })
      return value
    })
    expect(everySeed(bound)).toBe(true)
  })
  test('of a Poisson regression on a year that is not centred, where the density turns within 1e-3', () => {
    const bound = density(['b'], (gradient, position) => {
      const rate = Math.exp(2000 * (position[0]! - 0.5))
      gradient[0] = 2000 * (3 - rate)
      return 3 * 2000 * position[0]! - rate
    })
    expect(everySeed(bound)).toBe(true)
  })
  test('of a density that turns within 1e-5', () => {
    const bound = density(['b'], (gradient, position) => {
      const z = position[0]! * 1e5
      gradient[0] = 1e5 * Math.cos(z)
      return Math.sin(z)
    })
    expect(everySeed(bound)).toBe(true)
  })
  test('next to a region without support', () => {
    const bound = density(['s'], (gradient, position) => {
      const s = position[0]!
      if (s <= 0) return -Infinity
      gradient[0] = 1 / s - 1
      return Math.log(s) - s
    })
    expect(everySeed(bound)).toBe(true)
  })
})

describe('a wrong gradient is found, and its parameter named', () => {
  test.each([0.001, -0.01, 1, -2])('that is off by a factor of 1 + %f', wrong => {
    for (let seed = 0; seed < 20; seed++) {
      expect(() => check(regression(1000, { wrong }), seed)).toThrow(
        expect.objectContaining({ code: 'CHORALE_MODEL_GRADIENT', message: expect.stringContaining('"b"') }),
      )
    }
  })
  test('in a density of size 1e7', () => {
    expect(() => check(regression(1000, { sd: 0.005, wrong: 0.01 }))).toThrow(/"b" is .*finite differences/)
    expect(() => check(regression(10, { offset: -1e7, wrong: 1 }))).toThrow(/"b"/)
  })
  test('that forgets the Jacobian', () => {
    const bound = density(['log scale'], (gradient, position) => {
      gradient[0] = -Math.exp(position[0]!)
      return position[0]! - Math.exp(position[0]!)
    })
    expect(() => check(bound)).toThrow(/"log scale"/)
  })
  test.each([NaN, Infinity])('that is %f', bad => {
    const bound = density(['a', 'b'], gradient => {
      gradient[0] = 0
      gradient[1] = bad
      return 0
    })
    expect(() => check(bound)).toThrow(
      expect.objectContaining({ code: 'CHORALE_MODEL_GRADIENT', message: expect.stringMatching(/"b" is (NaN|Infinity)/) }),
    )
  })
})

test.each([-Infinity, NaN])('a density that is %f everywhere is left to the start of the chains', value => {
  expect(check(density(['a'], () => value))).toBe(false)
})
