import { expect, test } from 'vitest'
import { createStream } from '@chorale/random'

import type { BoundModel, Model, ParameterInfo, ShardData } from '../../src/contracts/index.js'
import { fixBound, fixParameters } from '../../src/model/fix-parameters.js'
import { recordedPrior } from '../../src/planning/recorded-prior.js'

const NO_DATA: ShardData = { rows: 0, column: () => new Float64Array() }
const scalar = (name: string, offset: number): ParameterInfo => ({
  name,
  shape: [],
  support: 'real',
  scope: 'global',
  offset,
  size: 1,
  prior: 'proper',
})

/** a ~ Normal(0, 1), b ~ Normal(slope a, 1), c ~ Normal(0, 1), and data that say something of all of them together. */
const chain = (slope: number): BoundModel => ({
  parameters: ['a', 'b', 'c'].map(scalar),
  dimension: 3,
  logDensityInto(gradient, position, { prior, likelihood }) {
    const [a, b, c] = position as unknown as [number, number, number]
    const [rest, sum] = [b - slope * a, a + b + c]
    gradient.set([prior * (slope * rest - a) - likelihood * sum, -prior * rest - likelihood * sum, -prior * c - likelihood * sum])
    return -0.5 * (prior * (a * a + rest * rest + c * c) + likelihood * sum * sum)
  },
  constrainInto: (values, position) => values.set(position),
  unconstrainInto: (position, values) => position.set(values),
  samplePriorInto(position, key) {
    const stream = createStream(key)
    position[0] = stream.normal()
    position[1] = slope * position[0] + stream.normal()
    position[2] = stream.normal()
  },
})

test.each([
  ['c, of which nothing depends', 1, { c: 2 }, true],
  ['a, where the mean of b is a', 1, { a: 2 }, false],
  ['b, of which the prior of a is told by it', 1, { b: 2 }, false],
  ['a, where b is no child of it', 0, { a: 2 }, true],
  ['a and b together', 1, { a: 2, b: 0 }, true],
] as const)('the prior of the others, with fixed %s', (_, slope, fixed, isApart) => {
  const bound = fixBound(chain(slope), fixed)
  expect(bound.isPriorApart()).toBe(isApart)
  expect(recordedPrior(bound, {}, { fixed }) !== undefined).toBe(isApart)
})

test('a local parameter has its prior with the likelihood, so that nothing is known of what depends on it', () => {
  const apart = chain(0)
  const parameters = apart.parameters.map(own => (own.name === 'a' ? { ...own, scope: 'local' as const } : own))
  expect(fixBound({ ...apart, parameters }, { a: 2 }).isPriorApart()).toBe(false)
})

test('a model that throws while it is asked has no prior that is known to be apart', () => {
  const model: Model = {
    rows: 'independent',
    dataNames: [],
    bind: () => ({
      ...chain(0),
      samplePriorInto: () => {
        throw new RangeError('no')
      },
    }),
  }
  const bound = fixParameters(model, { a: 1 }).bind(NO_DATA, null)
  expect(recordedPrior(bound, {}, { fixed: { a: 1 } })).toBeUndefined()
})
