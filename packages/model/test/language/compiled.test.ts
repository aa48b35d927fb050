import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { flat } from '../../src/distributions/flat.js'
import { halfCauchy, halfNormal } from '../../src/distributions/half.js'
import { normal } from '../../src/distributions/normal.js'
import { studentT } from '../../src/distributions/student-t.js'
import { exp, sqrt } from '../../src/expression/elementary.js'
import { dot } from '../../src/expression/linear-algebra.js'
import { scan } from '../../src/expression/scan.js'
import type { Columns } from '../../src/language/columns.js'
import { model, type CompiledModel } from '../../src/language/model.js'
import { interval, vector } from '../../src/supports/supports.js'
import { bound, FULL, logDensity, normalLogDensity } from './densities.js'

const stream = createStream(prngKey(7))
const numbers = (n: number): number[] => Array.from({ length: n }, () => stream.normal())
const codes = (n: number, levels: number): number[] => Array.from({ length: n }, () => stream.integer(levels))

const regression = model(({ data, sample, plate }) => {
  const alpha = sample('alpha', normal(0, 10))
  const beta = sample('beta', normal(0, 2), { shape: [2] })
  const sigma = sample('sigma', halfCauchy(2))
  plate('rows', data.rows, () =>
    sample('y', normal(alpha.add(dot(data.matrix(['x1', 'x2']), beta)), sigma), { observed: data.vector('y') }),
  )
})

const robustGroups = model(({ data, sample, plate }) => {
  const county = data.index('county')
  const mu = sample('mu', normal(0, 5))
  const slope = sample('slope', normal(0, 1), { shape: [2], support: vector('ordered') })
  const tau = sample('tau', halfNormal(1))
  const u = data.perGroup('u', county)
  const { intercept, gradient } = plate('counties', county, { local: true }, () => ({
    intercept: sample('intercept', normal(mu.add(u.mul(slope.at(0))), tau), { reparameterize: 'non-centered' }),
    gradient: sample('gradient', studentT(4, slope.at(1), 1)),
  }))
  plate('houses', data.rows, () => {
    const floor = data.vector('x1')
    const error = sample('error', normal(0, 1))
    sample('y', normal(intercept.at(county).add(gradient.at(county).mul(floor)).add(error), exp(data.vector('x2'))), {
      observed: data.vector('y'),
      weight: 2,
    })
  })
})

const autoregression = model(({ data, sample, factor }) => {
  const y = data.series('y')
  const phi = sample('phi', flat({ lower: -1, upper: 1 }))
  const level = sample('level', normal(0, 1), { support: interval(-3, 4) })
  factor('stationary', phi.square().mul(-1).add(1).pow(2))
  sample('y', normal(level.add(y.slice(0, -1).sub(level).mul(phi)), 0.5), { observed: y.slice(1) })
})

const volatility = model(({ data, sample }) => {
  const y = data.series('y')
  const start = sample('start', halfNormal(1))
  const alpha = sample('alpha', flat({ lower: 0, upper: 1 }))
  const beta = sample('beta', flat({ lower: 0, upper: alpha.mul(-1).add(1) }))
  const [variance] = scan(start, [y.slice(0, -1)], ([s], [e]) => [alpha.mul(e!.square()).add(beta.mul(s!)).add(0.1)])
  sample('y', normal(0, sqrt(variance!)), { observed: y.slice(1) })
})

const data: Columns = { x1: numbers(40), x2: numbers(40), y: numbers(40), county: codes(40, 5), u: new Array<number>(40).fill(0.3) }

describe('the gradient of a compiled model', () => {
  const cases: readonly (readonly [string, CompiledModel])[] = [
    ['a regression', regression],
    ['groups with parameters of their own', robustGroups],
    ['a time series', autoregression],
    ['changing volatility', volatility],
  ]
  it.each(cases)('of %s agrees with differences of its log density', (_, compiled) => {
    const shard = bound(compiled, data)
    const position = Float64Array.from(numbers(shard.dimension), x => 0.5 * x)
    const powers = { prior: 0.5, jacobian: 0.25, likelihood: 1 }
    const gradient = new Float64Array(shard.dimension)
    expect(shard.logDensityInto(gradient, position, powers)).toBeTypeOf('number')
    const h = 1e-4
    gradient.forEach((slope, i) => {
      const at = (step: number) => logDensity(shard, [...position.map((x, j) => (j === i ? x + step : x))], powers)
      const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
      expect(Math.abs(slope - difference)).toBeLessThan(1e-7 * Math.max(1, Math.abs(slope)))
    })
  })
})

describe('a compiled model', () => {
  it('adds up more rows than fit into one block', () => {
    const rows = 10_000
    const y = numbers(rows)
    const location = model(({ data, sample, plate }) => {
      const mu = sample('mu', flat())
      plate('rows', data.rows, () => sample('y', studentT(5, mu, 1), { observed: data.vector('y') }))
    })
    const atZero = y.reduce((sum, x) => sum - 3 * Math.log1p((x * x) / 5), 0)
    const atOne = y.reduce((sum, x) => sum - 3 * Math.log1p(((x - 1) * (x - 1)) / 5), 0)
    const shard = bound(location, { y })
    const difference = logDensity(shard, [1]) - logDensity(shard, [0])
    expect(Math.abs(difference - (atOne - atZero))).toBeLessThan(1e-9 * Math.abs(atZero))
  })

  it('says which kernels it uses', () => {
    const shard = bound(regression, data)
    expect(shard.compiled().kernels.map(({ site }) => site)).toEqual(['y'])
    expect(regression.describe({ rows: 40, column: name => Float64Array.from(data[name] as number[]) }, null).kernels).toHaveLength(1)
  })

  it('computes the log density that its distributions have', () => {
    const position = [0.3, 0.2, -0.4, 0.1]
    const sd = Math.exp(0.1)
    const [x1, x2, y] = [data.x1, data.x2, data.y] as number[][]
    const likelihood = y!.reduce((sum, yi, i) => sum + normalLogDensity(yi, 0.3 + 0.2 * x1![i]! - 0.4 * x2![i]!, sd), 0)
    expect(logDensity(bound(regression, data), position, { ...FULL, prior: 0, jacobian: 0 })).toBeCloseTo(likelihood, 9)
  })
})
