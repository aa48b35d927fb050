import { describe, expect, it } from 'vitest'

import { discrete } from './discrete.js'
import { flat } from '../../src/distributions/flat.js'
import { halfCauchy } from '../../src/distributions/half.js'
import { normal } from '../../src/distributions/normal.js'
import { value } from '../../src/expression/value.js'
import { model } from '../../src/language/model.js'
import type { ModelScope } from '../../src/language/scope.js'
import { unitInterval, vector } from '../../src/supports/supports.js'
import { caught } from './caught.js'
import { bound } from './densities.js'

const data = { y: [1, 2, 3], x: [0.5, 1.5, -2], g: [0, 1, 1] }
const errorOf = (define: (scope: ModelScope) => void) => caught(() => bound(model(define), data))

describe('a model that cannot be is refused with the name of its site:', () => {
  it('a value of each row outside of the rows', () => {
    const error = errorOf(({ data, sample }) => void sample('mu', normal(data.vector('x'), 1)))
    expect(error.code).toBe('CHORALE_MODEL_PLATE')
    expect(error.message).toContain(
      'Site "mu" is in no plate, but the argument mean of normal has one value for each of the rows of the data',
    )
    expect(error.details.fix).toContain('data.rows')
  })

  it('a value of each group without .at(index)', () => {
    const error = errorOf(({ data, sample, plate }) => {
      const group = data.index('g')
      const a = plate('groups', group, () => sample('a', normal(0, 1)))
      plate('rows', data.rows, () => sample('y', normal(a, 1), { observed: data.vector('y') }))
    })
    expect(error.code).toBe('CHORALE_MODEL_PLATE')
    expect(error.message).toContain(
      'Site "y" is in the plate "rows", but the argument mean of normal has one value for each of the elements of the plate "groups"',
    )
    expect(error.details.fix).toContain('.at(g)')
  })

  it('data of each row observed outside of the rows', () => {
    expect(errorOf(({ data, sample }) => void sample('y', normal(0, 1), { observed: data.vector('y') })).message).toContain(
      'the observed value',
    )
  })

  it('two sites with one name', () => {
    const error = errorOf(({ sample, deterministic }) => {
      const a = sample('a', normal(0, 1))
      deterministic('a', a)
    })
    expect(error.code).toBe('CHORALE_MODEL_DUPLICATE_SITE')
  })

  it('two plates with one name, rows among their groups, and a plate in itself', () => {
    expect(errorOf(({ plate }) => plate('p', 2, () => undefined) ?? plate('p', 3, () => undefined)).code).toBe('CHORALE_MODEL_PLATE')
    const nested = errorOf(({ data, plate }) => plate('groups', data.index('g'), () => plate('rows', data.rows, () => undefined)))
    expect(nested.code).toBe('CHORALE_MODEL_PLATE')
    expect(nested.details.fix).toContain('.at(index)')
    expect(errorOf(({ plate }) => plate('p', 2, () => plate('p', 2, () => undefined))).message).toContain('inside of itself')
    expect(errorOf(({ plate }) => plate('p', 0, () => undefined)).message).toContain('cannot have 0 elements')
  })

  it('an argument that is known to lie outside of its domain', () => {
    expect(errorOf(({ sample }) => void sample('a', normal(0, -1))).message).toBe(
      'Site "a": the argument sd of normal is -1, and must be a positive number',
    )
    const perRow = errorOf(({ data, sample, plate }) =>
      plate('rows', data.rows, () => void sample('y', normal(0, data.vector('x')), { observed: data.vector('y') })),
    )
    expect(perRow.code).toBe('CHORALE_MODEL_PARAMETER')
    expect(perRow.message).toContain('-2 in row 2 (counted from 0)')
  })

  it('data outside of the support', () => {
    const error = errorOf(({ data, sample, plate }) =>
      plate('rows', data.rows, () => void sample('y', halfCauchy(1), { observed: data.vector('x') })),
    )
    expect(error.code).toBe('CHORALE_MODEL_OBSERVED_SUPPORT')
    expect(error.message).toBe('Site "y" (column "x"): the observed value -2 in row 2 (counted from 0) is outside of the support: positive')
  })

  it('data that are no whole numbers, of a discrete distribution', () => {
    const error = errorOf(({ data, sample, plate }) =>
      plate('rows', data.rows, () => void sample('y', discrete(), { observed: data.vector('x') })),
    )
    expect(error.message).toContain('0.5 in row 0')
  })

  it('vectors that are not ordered', () => {
    const error = errorOf(({ data, sample, plate }) => {
      plate('rows', data.rows, () =>
        sample('v', normal(0, 1), { shape: [2], support: vector('ordered'), observed: data.matrix(['y', 'x']) }),
      )
    })
    expect(error.code).toBe('CHORALE_MODEL_OBSERVED_SUPPORT')
    expect(error.message).toContain('[1, 0.5] in row 0')
  })

  it('a discrete parameter', () => {
    expect(errorOf(({ sample }) => void sample('k', discrete())).code).toBe('CHORALE_MODEL_DISCRETE_LATENT')
  })

  it('observed values that are parameters', () => {
    const error = errorOf(({ sample }) => void sample('b', normal(0, 1), { observed: sample('a', normal(0, 1)) }))
    expect(error.code).toBe('CHORALE_MODEL_OBSERVED_PARAMETER')
    expect(error.details.fix).toContain('factor(')
  })

  it('shapes that do not fit', () => {
    expect(errorOf(({ sample }) => void sample('a', normal(value([1, 2]), 1), { shape: [3] })).code).toBe('CHORALE_MODEL_SHAPE')
    expect(errorOf(({ sample }) => void sample('a', normal(0, 1), { shape: [0] })).code).toBe('CHORALE_MODEL_SHAPE')
    expect(errorOf(({ sample }) => void sample('a', normal(value([1, 2]), 1), { observed: value([1, 2, 3]) })).message).toContain(
      'Site "a"',
    )
  })

  it('a vector that is not as long as an index has levels', () => {
    const error = errorOf(({ data, sample, plate }) => {
      const effect = sample('effect', normal(0, 1), { shape: [1000] })
      plate('rows', data.rows, () => sample('y', normal(effect.at(data.index('g')), 1), { observed: data.vector('y') }))
    })
    expect(error.code).toBe('CHORALE_MODEL_SHAPE')
    expect(error.message).toContain('read without data: columns have 67 made-up rows, and "g" 2 levels')
    expect(error.details.fix).toContain("data.index('g', { levels: 1000 })")
    const bound = errorOf(({ data, sample, plate }) => {
      const effect = sample('effect', normal(0, 1), { shape: [3] })
      plate('rows', data.rows, () => sample('y', normal(effect.at(data.index('g')), 1), { observed: data.vector('y') }))
    })
    expect(bound.message).toContain('The index "g" has 2 levels and cannot take entries of [3]')
  })

  it('weights that are negative, or without data', () => {
    const negative = errorOf(({ data, sample, plate }) => {
      plate('rows', data.rows, () => sample('y', normal(0, 1), { observed: data.vector('y'), weight: data.vector('x') }))
    })
    expect(negative.message).toContain('the weight is -2 in row 2')
    expect(errorOf(({ sample }) => void sample('a', normal(0, 1), { weight: 2 })).code).toBe('CHORALE_MODEL_PARAMETER')
  })

  it('a non-centered parameter without location and scale', () => {
    const error = errorOf(({ sample }) => void sample('b', flat({ lower: sample('a', normal(0, 1)) }), { reparameterize: 'non-centered' }))
    expect(error.code).toBe('CHORALE_MODEL_NOT_STANDARDIZED')
    const supported = errorOf(
      ({ sample }) => void sample('b', normal(sample('a', normal(0, 1)), 1), { reparameterize: 'non-centered', support: unitInterval }),
    )
    expect(supported.code).toBe('CHORALE_MODEL_NOT_STANDARDIZED')
  })

  it('sites that are named after the model function has returned', () => {
    let kept: ModelScope | undefined
    bound(
      model(scope => {
        kept = scope
      }),
      data,
    )
    expect(caught(() => kept!.sample('late', normal(0, 1))).code).toBe('CHORALE_MODEL_OUTSIDE')
    expect(caught(() => kept!.data.vector('y')).code).toBe('CHORALE_MODEL_OUTSIDE')
    expect(errorOf((async () => {}) as never).code).toBe('CHORALE_MODEL_OUTSIDE')
  })

  it('results that are no values', () => {
    expect(errorOf((() => ({ a: 1 })) as never).code).toBe('CHORALE_MODEL_RETURN')
  })
})
