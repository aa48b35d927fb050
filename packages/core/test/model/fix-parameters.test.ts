import { inverse, Matrix } from 'ml-matrix'
import { describe, expect, test } from 'vitest'

import type { BoundModel, FixedParameters, Model, Powers, ShardData } from '../../src/contracts/index.js'
import { fixParameters } from '../../src/model/fix-parameters.js'
import { eightSchools, schoolsGiven } from './eight-schools.js'

const NO_DATA: ShardData = { rows: 0, column: () => new Float64Array() }
const FULL: Powers = { prior: 1, jacobian: 1, likelihood: 1 }
const fixedSchools = (fixed: FixedParameters): BoundModel => fixParameters(eightSchools, fixed).bind(NO_DATA, null)

function gradientAt(bound: BoundModel, position: ArrayLike<number>, powers = FULL) {
  const gradient = new Float64Array(bound.dimension)
  return { value: bound.logDensityInto(gradient, Float64Array.from(position), powers), gradient }
}

describe('eight schools with tau fixed', () => {
  const tau = 6.5
  const bound = fixedSchools({ tau })

  test('has the other parameters, side by side, in their scope', () => {
    expect(bound.parameters.map(({ name, scope, offset, size }) => [name, scope, offset, size])).toEqual([
      ['mu', 'global', 0, 1],
      ['theta', 'local', 1, 8],
    ])
    expect(bound.dimension).toBe(9)
  })

  test('is the normal posterior of the closed form: its gradient is linear, 0 at the mean, and minus the inverse covariance times the distance', () => {
    const { mean, sd } = schoolsGiven(tau)
    expect(Math.max(...gradientAt(bound, mean).gradient.map(Math.abs))).toBeLessThan(1e-12)
    const precision = Matrix.zeros(9, 9)
    mean.forEach((_, j) => {
      const { gradient } = gradientAt(
        bound,
        mean.map((m, i) => (i === j ? m + 1 : m)),
      )
      gradient.forEach((g, i) => precision.set(i, j, -g))
    })
    const variances = inverse(precision).diagonal()
    variances.forEach((variance, j) => expect(Math.sqrt(variance)).toBeCloseTo(sd[j]!, 10))
  })

  test.each<Powers>([FULL, { prior: 0.25, jacobian: 0.25, likelihood: 1 }, { prior: 1, jacobian: 0, likelihood: 1 }])(
    'has the conditional density, and its gradient, with powers %o',
    powers => {
      const whole = eightSchools.bind(NO_DATA, null)
      const free = Array.from({ length: 9 }, (_, i) => Math.sin(3 * i) * 4)
      const all = [free[0]!, Math.log(tau), ...free.slice(1)]
      const given = gradientAt(bound, free, powers)
      const joint = gradientAt(whole, all, powers)
      expect(given.value).toBe(joint.value)
      expect([...given.gradient]).toEqual([...joint.gradient].filter((_, i) => i !== 1))
    },
  )

  test('computes deterministic sites with the fixed value', () => {
    const values = new Float64Array(8)
    bound.deterministicInto!(values, new Float64Array(9))
    expect(values[0]).toBeCloseTo(225 / (225 + tau * tau), 12)
    expect(bound.deterministics).toEqual([{ name: 'shrinkage', shape: [8] }])
  })

  test('goes from one scale to the other and back', () => {
    const position = Float64Array.from({ length: 9 }, (_, i) => i - 4)
    const [values, back] = [new Float64Array(9), new Float64Array(9)]
    bound.constrainInto(values, position)
    bound.unconstrainInto(back, values)
    expect(back).toEqual(position)
  })
})

test('a whole array is fixed, flat', () => {
  const theta = [1, 2, 3, 4, 5, 6, 7, 8]
  const bound = fixedSchools({ theta })
  expect(bound.parameters.map(({ name, offset }) => [name, offset])).toEqual([
    ['mu', 0],
    ['tau', 1],
  ])
  const values = new Float64Array(2)
  bound.constrainInto(values, Float64Array.of(3, Math.log(2)))
  expect([...values]).toEqual([3, expect.closeTo(2, 12)])
})

/** A simplex of three, two coordinates by log ratios, and a scalar behind it: three values, two coordinates. */
const shares: Model = {
  rows: 'independent',
  dataNames: ['y'],
  summarize: data => ({ rows: data.rows }),
  samplePriorInto: (position, key) => position.fill(key[1]),
  bind: (data, summary) => ({
    parameters: [
      { name: 'share', shape: [3], support: 'simplex', scope: 'global', offset: 0, size: 2 },
      { name: 'scale', shape: [], support: 'positive', scope: 'global', offset: 2, size: 1 },
    ],
    dimension: 3,
    logDensityInto(gradient, position) {
      gradient.set(position.map(x => -x))
      return -0.5 * position.reduce((total, x) => total + x * x, 0) + ((summary as { rows: number } | null)?.rows ?? 0)
    },
    constrainInto(values, [a, b, c]) {
      const total = 1 + Math.exp(a!) + Math.exp(b!)
      values.set([Math.exp(a!) / total, Math.exp(b!) / total, 1 / total, Math.exp(c!)])
    },
    unconstrainInto(position, [p, q, r, s]) {
      if (p! < 0) throw new Error('a share below zero')
      position.set([Math.log(p! / r!), Math.log(q! / r!), Math.log(s!)])
    },
    pointwiseInto: (logLikelihood, position) => logLikelihood.fill(position[0]! + 10 * position[2]!),
    simulate: position => ({ y: Float64Array.from({ length: data.rows }, () => position[0]! + 10 * position[2]!) }),
  }),
  describe: () => ({ dimension: 3, rowsReason: '', plates: [], kernels: [], sites: [site('share', 2), site('scale', 1)] }),
}
const site = (name: string, size: number) =>
  ({ name, kind: 'parameter', distribution: '', plates: [], shape: [], support: '', scope: 'global', size }) as const
const TWO: ShardData = { rows: 2, column: () => Float64Array.of(1, 2) }

describe('a simplex, with fewer coordinates than values,', () => {
  const share = [0.2, 0.3, 0.5]

  test('is fixed, and what else the model offers sees it', () => {
    const model = fixParameters(shares, { share })
    const bound = model.bind(TWO, model.summarize!(TWO))
    const log = Math.log(0.2 / 0.5)
    expect([bound.dimension, bound.parameters[0]]).toMatchObject([1, { name: 'scale', offset: 0 }])
    expect([model.rows, model.dataNames]).toEqual(['independent', ['y']])
    const pointwise = new Float64Array(2)
    bound.pointwiseInto!(pointwise, Float64Array.of(3))
    expect(pointwise[1]).toBeCloseTo(log + 30, 12)
    expect(bound.simulate!(Float64Array.of(3), [0, 1])['y']![0]).toBeCloseTo(log + 30, 12)
    const position = new Float64Array(1)
    bound.samplePriorInto!(position, [0, 7])
    expect(position[0]).toBe(7)
    expect(gradientAt(bound, [0]).value).toBeCloseTo(2 - 0.5 * (log * log + Math.log(0.6) * Math.log(0.6)), 12)
    expect(model.describe!(TWO, null)).toMatchObject({
      dimension: 1,
      sites: [
        { name: 'share', size: 0 },
        { name: 'scale', size: 1 },
      ],
    })
  })

  test('is left when the parameter behind it is fixed', () => {
    const bound = fixParameters(shares, { scale: 2 }).bind(TWO, null)
    const values = new Float64Array(3)
    bound.constrainInto(values, Float64Array.of(Math.log(0.2 / 0.5), Math.log(0.3 / 0.5)))
    expect([...values]).toEqual(share.map(x => expect.closeTo(x, 12)))
    const position = new Float64Array(2)
    bound.unconstrainInto(position, values)
    expect([...position]).toEqual([expect.closeTo(Math.log(0.4), 12), expect.closeTo(Math.log(0.6), 12)])
  })

  test.each([
    ['does not sum to 1', [0.2, 0.3, 0.6]],
    ['lies on the boundary', [0, 0.5, 0.5]],
    ['makes the model throw', [-0.5, 0.5, 1]],
  ])('cannot be fixed at a value that %s', (_, value) => {
    expect(() => fixParameters(shares, { share: value }).bind(TWO, null)).toThrowError(
      expect.objectContaining({
        code: 'CHORALE_FIXED_PARAMETER',
        message: expect.stringMatching(/^"share" cannot be fixed at \[.*outside of its support \(simplex\)/),
        details: expect.objectContaining({ askedBy: 'sampling.fixed.share' }),
      }) as Error,
    )
  })
})

test.each<[string, FixedParameters, RegExp, RegExp]>([
  ['a name that no parameter has', { tua: 1 }, /no parameter "tua"/, /write "tau" instead of "tua"/],
  ['a name of Object', { toString: 1 } as never, /no parameter "toString"/, /remove sampling.fixed.toString/],
  ['a deterministic site', { shrinkage: 1 }, /"shrinkage" is computed/, /remove/],
  ['a part of a parameter', { 'theta[2]': 1 }, /only whole parameters/, /all values of "theta"/],
  ['too few values', { theta: [1, 2] }, /"theta" was to be fixed at 2 numbers, but it has 8 numbers/, /give 8 numbers/],
  ['a list for a scalar', { mu: [1, 2] }, /but it has one number/, /one number/],
  ['a value outside of the support', { tau: -1 }, /"tau" cannot be fixed at -1/, /inside of the support/],
  ['a value on the boundary', { tau: 0 }, /"tau" cannot be fixed at 0/, /inside of the support/],
  ['everything', { mu: 0, tau: 1, theta: [1, 2, 3, 4, 5, 6, 7, 8] }, /nothing is left/, /leave one out/],
])('fixing %s is an error with a way out', (_, fixed, message, fix) => {
  expect(() => fixedSchools(fixed)).toThrowError(
    expect.objectContaining({
      code: 'CHORALE_FIXED_PARAMETER',
      message: expect.stringMatching(message),
      details: expect.objectContaining({ fix: expect.stringMatching(fix) }),
    }) as Error,
  )
})

test('fixing nothing leaves the model as it is', () => {
  expect(fixParameters(eightSchools, {})).toBe(eightSchools)
  expect(fixParameters(eightSchools, undefined)).toBe(eightSchools)
})
