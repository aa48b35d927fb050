import { prngKey } from '@chorale/random'
import { describe, expect, test } from 'vitest'

import type { BoundModel, Powers } from '../../src/contracts/index.js'
import { checkPowers } from '../../src/planning/check-powers.js'

/** One coordinate with this log density and gradient. */
const model = (density: (x: number, powers: Powers) => readonly [value: number, slope: number]): BoundModel => ({
  parameters: [{ name: 'x', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 }],
  dimension: 1,
  logDensityInto(gradient, position, powers) {
    const [value, slope] = density(position[0]!, powers)
    gradient[0] = slope
    return value
  },
  constrainInto: (values, position) => values.set(position),
  unconstrainInto: (position, values) => position.set(values),
})
const check = (bound: BoundModel): boolean => checkPowers(bound, prngKey(1), 'model.ts')

describe('a density that is the sum of its parts, each times its power', () => {
  test('passes', () => {
    expect(
      check(
        model((x, p) => [
          -p.prior * x * x + p.jacobian * x - p.likelihood * Math.exp(x),
          -2 * p.prior * x + p.jacobian - p.likelihood * Math.exp(x),
        ]),
      ),
    ).toBe(true)
  })
  test('passes with a constant of its own', () => {
    expect(check(model((x, p) => [7 - p.prior * x * x - p.likelihood * x, -2 * p.prior * x - p.likelihood]))).toBe(true)
  })
  test('cannot be judged where it is never finite', () => {
    expect(check(model(() => [-Infinity, 0]))).toBe(false)
  })
})

describe('is refused:', () => {
  const refused = (bound: BoundModel) => expect(() => check(bound)).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_POWERS' }))
  test('a density that ignores its powers', () => refused(model(x => [-x * x, -2 * x])))
  test('a prior that is not tempered', () => refused(model((x, p) => [-x * x - p.likelihood * x, -2 * x - p.likelihood])))
  test('a prior with the power of its square root', () => {
    refused(model((x, p) => [-Math.sqrt(p.prior) * x * x - p.likelihood * x, -2 * Math.sqrt(p.prior) * x - p.likelihood]))
  })
  test('a product of powers', () => {
    refused(model((x, p) => [-p.prior * p.likelihood * x * x - p.likelihood * x, -2 * p.prior * p.likelihood * x - p.likelihood]))
  })
})
