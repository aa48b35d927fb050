import { describe, expect, it } from 'vitest'

import { halfCauchy } from '../../src/distributions/half.js'
import { normal } from '../../src/distributions/normal.js'
import { scan } from '../../src/expression/scan.js'
import { dot } from '../../src/expression/linear-algebra.js'
import { meanOver } from '../../src/expression/reductions.js'
import { Value, value } from '../../src/expression/value.js'
import { sum } from '../../src/graph/build.js'
import { columns } from '../../src/language/columns.js'
import { model } from '../../src/language/model.js'
import { caught } from './caught.js'
import { bound, logDensity, normalLogDensity } from './densities.js'

describe('the rows of a model', () => {
  it('are independent where each term is about one row', () => {
    const regression = model(({ data, sample, plate }) => {
      const beta = sample('beta', normal(0, 10), { shape: [2] })
      const x = data.matrix(['x1', 'x2'])
      plate('rows', data.rows, () => sample('y', normal(dot(x, beta), 1), { observed: data.vector('y') }))
    })
    expect(regression.rows).toBe('independent')
    expect(regression.dataNames).toEqual(['x1', 'x2', 'y'])
    const found = logDensity(bound(regression, { x1: [1, 2], x2: [3, 4], y: [5, 6] }), [0.5, -1])
    const prior = normalLogDensity(0.5, 0, 10) + normalLogDensity(-1, 0, 10)
    expect(found).toBeCloseTo(prior + normalLogDensity(5, -2.5, 1) + normalLogDensity(6, -3, 1), 12)
  })

  it('stay independent with effects of groups that all shards share', () => {
    const effects = model(({ data, sample, plate }) => {
      const airport = data.index('airport')
      const effect = plate('airports', airport, () => sample('effect', normal(0, 1)))
      plate('flights', data.rows, () => sample('delay', normal(effect.at(airport), 1), { observed: data.vector('delay') }))
    })
    expect(effects.rows).toBe('independent')
    const shard = bound(effects, { airport: [2, 0, 2], delay: [1, 2, 3] })
    expect(shard.parameters[0]).toMatchObject({ shape: [3], scope: 'global' })
  })

  it('are kept together by groups with local parameters', () => {
    expect(hierarchical.rows).toEqual({ by: 'school' })
  })

  it('are joint as one series', () => {
    const autoregression = model(({ data, sample }) => {
      const y = data.series('y')
      const phi = sample('phi', normal(0, 1))
      sample('y', normal(y.slice(0, -1).mul(phi), 1), { observed: y.slice(1) })
    })
    expect(autoregression.rows).toBe('joint')
    expect(autoregression.rowsReason).toContain('data.series("y")')
    const found = logDensity(bound(autoregression, { y: [1, 2, 3] }), [0.5])
    expect(found).toBeCloseTo(normalLogDensity(0.5, 0, 1) + normalLogDensity(2, 0.5, 1) + normalLogDensity(3, 1, 1), 12)
  })

  it('are joint where a scan runs over them', () => {
    const filtered = model(({ data, sample, plate }) => {
      const decay = sample('decay', normal(0, 1))
      const [level] = scan(0, [data.vector('x')], ([l], [x]) => [l!.mul(decay).add(x!)])
      plate('rows', data.rows, () => sample('y', normal(level!.at(-1), 1), { observed: data.vector('y') }))
    })
    expect(filtered.rows).toBe('joint')
    expect(filtered.rowsReason).toContain('a scan over the rows')
    const found = logDensity(bound(filtered, { x: [1, 2], y: [3, 4] }), [0.5], { prior: 0, jacobian: 0, likelihood: 1 })
    expect(found).toBeCloseTo(normalLogDensity(3, 2.5, 1) + normalLogDensity(4, 2.5, 1), 12)
  })

  it('are joint when data are observed outside of their plate, because each shard would count them', () => {
    const literal = model(({ sample }) => void sample('y', normal(sample('mu', normal(0, 1)), 1), { observed: value([1, 2]) }))
    expect(literal.rows).toBe('joint')
    expect(literal.rowsReason).toContain('"y" is outside of the plate of rows')
    const groups = model(({ data, sample, plate }) => {
      const group = data.index('group')
      const mean = data.perGroup('mean', group)
      plate('groups', group, () => sample('mean', normal(sample('mu', normal(0, 1)), 1), { observed: mean }))
    })
    expect(groups.rows).toBe('joint')
  })

  it('are joint when a factor outside of their plate is likelihood, not when it is prior', () => {
    const withFactor = (part: 'prior' | 'likelihood') =>
      model(({ data, sample, plate, factor }) => {
        const mu = sample('mu', normal(0, 1))
        factor('ridge', mu.square().neg(), { part })
        plate('rows', data.rows, () => sample('y', normal(mu, 1), { observed: data.vector('y') }))
      })
    expect(withFactor('likelihood').rows).toBe('joint')
    expect(withFactor('likelihood').rowsReason).toContain("{ part: 'prior' }")
    expect(withFactor('prior').rows).toBe('independent')
  })

  it('are joint when the model says so, and when an expression adds them up', () => {
    const marked = model(({ data, sample, plate }) => {
      plate('days', data.rows, { joint: true }, () => sample('y', normal(0, sample('s', halfCauchy(1))), { observed: data.vector('y') }))
    })
    expect(marked.rows).toBe('joint')
    const added = model(({ data, sample, plate, factor }) => {
      const total = plate('days', data.rows, () => {
        const s = sample('s', halfCauchy(1))
        return new Value(sum(s.node, { plates: s.node.shape.plates, event: false }))
      })
      plate('days', data.rows, () => factor('f', total.mul(data.vector('y'))))
    })
    expect(added.rows).toBe('joint')
    expect(added.rowsReason).toContain('several elements of the plate "days"')
  })

  it.each([
    ['a mean of the rows at hand', (x: Value) => x.sub(meanOver(x))],
    ['a running sum', (x: Value) => x.add(scan(0, [x], ([sum], [each]) => [sum!.add(each!)])[0]!.at(-1))],
  ])('are joint where a predictor is made with %s: each shard would have another', (_, center) => {
    const centered = model(({ data, sample, plate }) => {
      const slope = sample('slope', normal(0, 1))
      const x = center(data.vector('x'))
      plate('days', data.rows, () => sample('y', normal(slope.mul(x), 1), { observed: data.vector('y') }))
    })
    expect(centered.rows).toBe('joint')
    expect(centered.rowsReason).toContain('puts rows of data together')
  })

  it('stay independent with a mean over all rows of the data set', () => {
    const centered = model(({ data, sample, plate }) => {
      const slope = sample('slope', normal(0, 1))
      const x = data.vector('x').sub(data.mean('x'))
      plate('days', data.rows, () => sample('y', normal(slope.mul(x), 1), { observed: data.vector('y') }))
    })
    expect(centered.rows).toBe('independent')
  })
})

const hierarchical = model(({ data, sample, plate }) => {
  const school = data.index('school')
  const size = data.perGroup('size', school)
  const mu = sample('mu', normal(0, 5))
  const theta = plate('schools', school, { local: true }, () => sample('theta', normal(mu.mul(size), 2)))
  plate('students', data.rows, () => sample('score', normal(theta.at(school), 1), { observed: data.vector('score') }))
})

describe('local groups', () => {
  const all = { school: [0, 1, 1, 2, 2], size: [10, 20, 20, 30, 30], score: [1, 2, 3, 4, 5] }

  it('are in a shard those that it has rows of', () => {
    const whole = { rows: 5, column: (name: keyof typeof all) => Float64Array.from(all[name]) }
    const last = { rows: 3, column: (name: keyof typeof all) => Float64Array.from(all[name]).filter((_, row) => [0, 3, 4].includes(row)) }
    const summary = hierarchical.summarize(whole as never)
    const shard = hierarchical.bind(last as never, summary)
    expect(shard.parameters.map(({ name, shape, scope }) => ({ name, shape, scope }))).toEqual([
      { name: 'mu', shape: [], scope: 'global' },
      { name: 'theta', shape: [2], scope: 'local' },
    ])
    const likelihood =
      normalLogDensity(8, 10 * 0.5, 2) +
      normalLogDensity(9, 30 * 0.5, 2) +
      normalLogDensity(1, 8, 1) +
      normalLogDensity(4, 9, 1) +
      normalLogDensity(5, 9, 1)
    expect(logDensity(shard, [0.5, 8, 9], { prior: 0, jacobian: 0, likelihood: 1 })).toBeCloseTo(likelihood, 12)
    expect(shard.levels).toEqual({ schools: Int32Array.of(0, 2) })
  })

  it('are numbered as in the whole data set, for parameters and what is computed from them, axis by axis', () => {
    const coefficients = model(({ data, sample, plate, deterministic }) => {
      const school = data.index('school')
      const mu = sample('mu', normal(0, 5))
      const theta = plate('schools', school, { local: true }, () => {
        const terms = sample('theta', normal(mu, 2), { shape: [2] })
        deterministic('excess', terms.sub(mu).sum())
        return terms
      })
      deterministic('double', mu.mul(2))
      plate('students', data.rows, () => sample('score', normal(theta.at(school).sum(), 1), { observed: data.vector('score') }))
    })
    const whole = columns({ school: [0, 1, 2, 2], score: [1, 2, 4, 5] })
    const shard = coefficients.bind(columns({ school: [0, 2, 2], score: [1, 4, 5] }), coefficients.summarize(whole))
    const levelsOf = (sites: readonly { readonly name: string; readonly levels?: unknown }[]) =>
      sites.map(({ name, levels }) => [name, levels])
    expect(levelsOf(shard.parameters)).toEqual([
      ['mu', undefined],
      ['theta', [[0, 2], null]],
    ])
    expect(levelsOf(shard.deterministics)).toEqual([
      ['excess', [[0, 2]]],
      ['double', undefined],
    ])
  })

  it('of two kinds must lie within each other', () => {
    const nested = model(({ data, sample, plate }) => {
      const state = data.index('state')
      const county = data.index('county')
      const a = plate('states', state, { local: true }, () => sample('a', normal(0, 1)))
      const b = plate('counties', county, { local: true }, () => sample('b', normal(0, 1)))
      plate('rows', data.rows, () => sample('y', normal(a.at(state).add(b.at(county)), 1), { observed: data.vector('y') }))
    })
    expect(nested.rows).toEqual({ by: 'state' })
    expect(bound(nested, { state: [0, 0, 1], county: [0, 1, 2], y: [1, 2, 3] }).dimension).toBe(5)
    const error = caught(() => bound(nested, { state: [0, 0, 1], county: [0, 1, 1], y: [1, 2, 3] }))
    expect(error.code).toBe('CHORALE_MODEL_PLATE')
    expect(error.message).toContain('"county"')
  })
})

describe('a model is read without data', () => {
  it('where vectors of fixed length say how many levels an index has', () => {
    const weekdays = model(({ data, sample, plate }) => {
      const effect = sample('effect', normal(0, 1), { shape: [7] })
      plate('rows', data.rows, () => sample('y', normal(effect.at(data.index('weekday')), 1), { observed: data.vector('y') }))
    })
    expect(weekdays.dataNames).toEqual(['weekday', 'y'])
  })

  it('and must be the same with data', () => {
    const moody = model(({ data, sample, plate }) => {
      const x = data.mean('y') > 1 ? data.vector('x') : value(0)
      plate('rows', data.rows, () => sample('y', normal(x, sample('s', halfCauchy(1))), { observed: data.vector('y') }))
    })
    expect(caught(() => bound(moody, { y: [5, 6], x: [1, 2] })).code).toBe('CHORALE_MODEL_DATA_DEPENDENT')
  })
})

describe('the description', () => {
  it('says what a model is made of, and why its rows may be sharded', () => {
    const shard = columns({ school: [0, 1], size: [10, 20], score: [1, 2] })
    const { rowsReason, plates, sites } = hierarchical.describe(shard, hierarchical.summarize(shard))
    expect(rowsReason).toMatch(/^groups of "school" have parameters of their own/)
    expect(plates).toContainEqual({ name: 'schools', size: 2, role: 'local' })
    expect(sites.find(site => site.name === 'theta')).toMatchObject({ kind: 'parameter', distribution: 'normal', scope: 'local', size: 2 })
    expect(sites.find(site => site.name === 'score')).toMatchObject({ kind: 'observed', distribution: 'normal', support: 'real' })
  })
})
