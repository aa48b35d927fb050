import { describe, expect, it } from 'vitest'

import { flat } from '../../src/distributions/flat.js'
import { halfCauchy } from '../../src/distributions/half.js'
import { normal } from '../../src/distributions/normal.js'
import { value } from '../../src/expression/value.js'
import { model } from '../../src/language/model.js'
import { positive, vector } from '../../src/supports/supports.js'
import { bound, constrained, halfCauchyLogDensity, logDensity, normalLogDensity, partsAt, unconstrained } from './densities.js'

const effects = [28, 8, -3, 7, -1, 1, 18, 12]
const errors = [15, 10, 16, 11, 9, 11, 10, 18]

const eightSchools = model(({ data, sample, plate }) => {
  const mu = sample('mu', normal(0, 5))
  const tau = sample('tau', halfCauchy(5))
  plate('schools', data.rows, () => {
    const theta = sample('theta', normal(mu, tau), { reparameterize: 'non-centered' })
    sample('y', normal(theta, data.vector('sigma')), { observed: data.vector('y') })
  })
})

describe('eight schools', () => {
  const schools = bound(eightSchools, { y: effects, sigma: errors })
  const z = [0.3, -0.2, 1.1, 0, -0.7, 0.5, 2, -1]
  const position = [4, Math.log(3), ...z]

  it('has its three parameters in one position, globals first', () => {
    expect(schools.dimension).toBe(10)
    expect(schools.parameters).toEqual([
      { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1, prior: 'proper' },
      { name: 'tau', shape: [], support: 'positive', scope: 'global', offset: 1, size: 1, prior: 'proper' },
      { name: 'theta', shape: [8], support: 'real', scope: 'local', offset: 2, size: 8, prior: 'proper' },
    ])
  })

  it('tells prior, Jacobian and likelihood apart; standardized locals count as likelihood', () => {
    const parts = partsAt(schools, position)
    expect(parts.prior).toBeCloseTo(normalLogDensity(4, 0, 5) + halfCauchyLogDensity(3, 5), 12)
    expect(parts.jacobian).toBeCloseTo(Math.log(3), 12)
    const likelihood = z.reduce((sum, zi, i) => sum + normalLogDensity(zi, 0, 1) + normalLogDensity(effects[i]!, 4 + 3 * zi, errors[i]!), 0)
    expect(parts.likelihood).toBeCloseTo(likelihood, 10)
  })

  it('shows non-centered parameters as location + scale * z, and finds z from them', () => {
    const values = constrained(schools, position)
    z.forEach((zi, i) => expect(values[2 + i]).toBeCloseTo(4 + 3 * zi, 12))
    unconstrained(schools, values).forEach((x, i) => expect(x).toBeCloseTo(position[i]!, 12))
  })
})

describe('a site', () => {
  it('repeats a univariate distribution over its shape', () => {
    const independent = model(({ sample }) => void sample('beta', normal(1, 2), { shape: [2, 3] }))
    const { parameters, ...rest } = bound(independent, {})
    expect(parameters[0]).toMatchObject({ shape: [2, 3], size: 6 })
    const expected = [0, 1, 2, 3, 4, 5].reduce((sum, x) => sum + normalLogDensity(x, 1, 2), 0)
    expect(logDensity({ parameters, ...rest }, [0, 1, 2, 3, 4, 5])).toBeCloseTo(expected, 12)
  })

  it('takes its shape from arguments that are vectors', () => {
    const independent = model(({ sample }) => void sample('beta', normal(value([1, 2, 3]), 1)))
    expect(bound(independent, {}).parameters[0]!.shape).toEqual([3])
  })

  it('has the axes of its plates, then its own', () => {
    const crossed = model(({ sample, plate }) => {
      plate('outer', 2, () => plate('inner', 3, () => sample('beta', normal(0, 1), { shape: [4] })))
    })
    expect(bound(crossed, {}).parameters[0]).toMatchObject({ shape: [2, 3, 4], size: 24, scope: 'global' })
  })

  it('with a support of its own is transformed to it', () => {
    const cutpoints = model(({ sample }) => void sample('c', normal(0, 10), { shape: [3], support: vector('ordered') }))
    const ordered = bound(cutpoints, {})
    const position = [-1, Math.log(2), Math.log(0.5)]
    const values = constrained(ordered, position)
    ;[-1, 1, 1.5].forEach((c, i) => expect(values[i]).toBeCloseTo(c, 12))
    const prior = [-1, 1, 1.5].reduce((sum, c) => sum + normalLogDensity(c, 0, 10), 0)
    expect(logDensity(ordered, position)).toBeCloseTo(prior + Math.log(2) + Math.log(0.5), 12)
    unconstrained(ordered, values).forEach((x, i) => expect(x).toBeCloseTo(position[i]!, 12))
  })

  it('may be bounded by another parameter', () => {
    const bounded = bound(
      model(({ sample }) => {
        const a = sample('a', normal(0, 1), { support: positive })
        sample('b', flat({ lower: a }))
      }),
      {},
    )
    const values = constrained(bounded, [Math.log(2), Math.log(3)])
    expect(values[0]).toBeCloseTo(2, 12)
    expect(values[1]).toBeCloseTo(5, 12)
    unconstrained(bounded, values).forEach((x, i) => expect(x).toBeCloseTo([Math.log(2), Math.log(3)][i]!, 12))
  })

  it('with a flat prior adds nothing but its Jacobian, and says so', () => {
    const improper = bound(
      model(({ sample }) => {
        sample('a', flat())
        sample('b', flat({ lower: 1 }))
        sample('c', flat({ lower: 0, upper: 2 }))
      }),
      {},
    )
    expect(improper.parameters.map(({ prior }) => prior)).toEqual(['flat', 'flat', 'proper'])
    const onSimplex = model(({ sample }) => void sample('p', flat(), { shape: [3], support: vector('simplex') }))
    expect(bound(onSimplex, {}).parameters[0]).toMatchObject({ shape: [3], size: 2, prior: 'proper' })
    const jacobian = 0.7 + Math.log(2) + -0.4 - 2 * Math.log1p(Math.exp(-0.4))
    expect(logDensity(improper, [5, 0.7, -0.4])).toBeCloseTo(jacobian, 12)
  })

  it('counts observations as often as their weight says', () => {
    const weighted = model(({ data, sample, plate }) => {
      const mu = sample('mu', flat())
      plate('rows', data.rows, () => sample('y', normal(mu, 1), { observed: data.vector('y'), weight: data.vector('w') }))
    })
    const found = logDensity(bound(weighted, { y: [1, 2], w: [3, 0.5] }), [0.2])
    expect(found).toBeCloseTo(3 * normalLogDensity(1, 0.2, 1) + 0.5 * normalLogDensity(2, 0.2, 1), 12)
  })

  it('observes one number in every element of its plate', () => {
    const ones = model(({ data, sample, plate }) => {
      const mu = sample('mu', flat())
      plate('rows', data.rows, () => sample('y', normal(mu, 1), { observed: 1 }))
      data.vector('x')
    })
    expect(logDensity(bound(ones, { x: [0, 0, 0] }), [0.2])).toBeCloseTo(3 * normalLogDensity(1, 0.2, 1), 12)
  })
})

describe('a factor', () => {
  it('counts once for each element of its plates', () => {
    const tilted = model(({ data, sample, plate, factor }) => {
      const mu = sample('mu', flat())
      plate('rows', data.rows, () => factor('tilt', mu.mul(2)))
      factor('ridge', mu.square().mul(-1), { part: 'prior' })
      data.vector('x')
    })
    const parts = partsAt(bound(tilted, { x: [0, 0, 0] }), [0.5])
    expect(parts.likelihood).toBeCloseTo(3, 12)
    expect(parts.prior).toBeCloseTo(-0.25, 12)
  })
})

describe('deterministic sites', () => {
  it('are computed from a position, those of rows only for predictions', () => {
    const derived = bound(
      model(({ data, sample, plate, deterministic }) => {
        const mu = sample('mu', normal(0, 1))
        deterministic('twice', mu.mul(2))
        plate('rows', data.rows, () => deterministic('fitted', mu.add(data.vector('x'))))
      }),
      { x: [1, 2] },
    )
    expect(derived.deterministics).toEqual([{ name: 'twice', shape: [] }])
    const values = new Float64Array(1)
    derived.deterministicInto(values, Float64Array.of(3))
    expect(values[0]).toBe(6)
  })
})

describe('stand-ins for priors', () => {
  it('replace the prior of a site by a normal one on the unconstrained scale', () => {
    const two = bound(
      model(({ sample }) => {
        sample('a', normal(0, 5))
        sample('b', normal(1, 2))
      }),
      {},
    )
    const gradient = new Float64Array(2)
    const powers = { prior: 0.5, jacobian: 0.5, likelihood: 1, standIns: { a: { mean: 1, sd: 2 } } }
    const found = two.logDensityInto(gradient, Float64Array.of(3, 4), powers)
    expect(found).toBeCloseTo(-0.5 + 0.5 * normalLogDensity(4, 1, 2), 12)
    expect(gradient[0]).toBeCloseTo(-0.5, 8)
    expect(gradient[1]).toBeCloseTo((-0.5 * 3) / 4, 8)
  })
})
