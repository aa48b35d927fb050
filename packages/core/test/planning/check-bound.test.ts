import { describe, expect, test } from 'vitest'

import type { BoundModel, ParameterInfo } from '../../src/contracts/index.js'
import { checkBound } from '../../src/planning/check-bound.js'
import { thrown } from './thrown.js'

const real = (name: string, offset: number): ParameterInfo => ({ name, shape: [], support: 'real', scope: 'global', offset, size: 1 })

/** A rate, and two real numbers. */
const good: BoundModel = {
  parameters: [
    { ...real('rate', 0), support: 'positive' },
    { ...real('beta', 1), shape: [2], size: 2 },
  ],
  dimension: 3,
  logDensityInto: () => 0,
  constrainInto: (values, position) => values.set([Math.exp(position[0]!), position[1]!, position[2]!]),
  unconstrainInto: (position, values) => position.set([Math.log(values[0]!), values[1]!, values[2]!]),
}

const refusal = (part: Partial<Record<keyof BoundModel, unknown>>): string => {
  const error = thrown(() => checkBound({ ...good, ...part } as BoundModel, 'model.js'))
  expect(error).toMatchObject({ code: 'CHORALE_MODEL_INVALID', details: { askedBy: 'model: model.js' } })
  return error!.message
}

const beta = (part: object) => ({ parameters: [good.parameters[0], { ...good.parameters[1], ...part }] })

test('a bound model whose parameters fill the position is taken, in whatever order they lie', () => {
  expect(() => checkBound(good, 'model.js')).not.toThrow()
  const swapped = { ...good, parameters: [real('a', 2), real('b', 0), real('c', 1)] }
  const identity = { constrainInto: copyInto, unconstrainInto: copyInto }
  expect(() => checkBound({ ...swapped, ...identity }, 'model.js')).not.toThrow()
})

const copyInto = (to: Float64Array, from: Float64Array): void => to.set(from)

describe('refused before anything is sampled is a bound model', () => {
  test.each(['logDensityInto', 'constrainInto', 'unconstrainInto'] as const)('without %s', name => {
    expect(refusal({ [name]: undefined })).toContain(`has no function ${name}`)
  })

  test('without a dimension, or with another than its parameters have', () => {
    expect(refusal({ dimension: undefined })).toContain('has the dimension undefined')
    expect(refusal({ dimension: 4 })).toContain('has the dimension 4, and parameters with 3 coordinates together')
  })

  test('without parameters, or with one that lacks something', () => {
    expect(refusal({ parameters: undefined })).toContain('has no list of parameters')
    expect(refusal(beta({ name: '' }))).toContain('has a parameter without a name')
    expect(refusal(beta({ shape: undefined }))).toContain('the parameter "beta" with shape undefined')
    expect(refusal(beta({ scope: 'globl' }))).toContain('the parameter "beta" with scope "globl"')
    expect(refusal(beta({ size: -1 }))).toContain('the parameter "beta" with size -1')
  })

  test('two of whose parameters share a coordinate', () => {
    expect(refusal(beta({ offset: 0 }))).toContain('at offset 0, where the parameters before it end at 1')
  })

  test('that leaves a value unwritten', () => {
    expect(refusal(beta({ shape: [3] }))).toContain('gives "beta[3]" the value NaN')
  })

  test('whose scales are no inverses of each other', () => {
    expect(refusal({ unconstrainInto: copyInto })).toMatch(/^What bind of the model returned takes "rate" from 1\.\d+ by unconstrainInto/)
    expect(refusal({ unconstrainInto: () => undefined })).toContain('takes "rate"')
  })
})
