import { readFileSync } from 'node:fs'

import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { censored } from '../../src/distributions/censored.js'
import { binomial } from '../../src/distributions/binomial.js'
import { multivariateNormal } from '../../src/distributions/multivariate-normal.js'
import { poisson } from '../../src/distributions/poisson.js'
import { exponential } from '../../src/distributions/exponential.js'
import { gamma } from '../../src/distributions/gamma.js'
import { mixture } from '../../src/distributions/mixture.js'
import { normal } from '../../src/distributions/normal.js'
import { studentT } from '../../src/distributions/student-t.js'
import { truncated } from '../../src/distributions/truncated.js'
import { uniform } from '../../src/distributions/uniform.js'
import { vonMises } from '../../src/distributions/von-mises.js'
import { value, Value } from '../../src/expression/value.js'
import { input } from '../../src/graph/build.js'
import { scalarShape } from '../../src/graph/shape.js'
import { compiledRows } from './compiled-rows.js'
import { families } from './families.js'
import { chiSquareScore, drawsOf, kolmogorovP, logDensityAt, numberOf } from './goodness-of-fit.js'
import { knownNumbers } from './known-numbers.js'
import { valueAndGradient } from './reverse-mode.js'

interface Cut {
  readonly family: string
  readonly arguments: readonly number[]
  readonly lower?: number
  readonly upper?: number
  readonly x: number
  readonly logDensity: readonly number[]
}

const golden = JSON.parse(readFileSync(new URL('../golden/continuous-composed.json', import.meta.url), 'utf8')) as {
  readonly truncated: readonly Cut[]
  readonly censored: readonly Cut[]
  readonly mixtures: readonly {
    readonly weights: readonly number[]
    readonly components: readonly { readonly family: string; readonly arguments: readonly number[] }[]
    readonly x: number
    readonly logDensity: readonly number[]
  }[]
}

function expectAllClose(got: readonly number[], want: readonly number[], tolerance: number): void {
  want.forEach((figure, k) =>
    expect(Math.abs(got[k] - figure), `${got[k]} instead of ${figure}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(figure))),
  )
}

/** Derivatives in all but the first number, which is data. */
const compiledGradient = (f: (x: Value, rest: readonly Value[]) => Value, [x, ...rest]: readonly number[]): readonly number[] =>
  compiledRows(
    f,
    [x],
    rest.map(number => [number]),
  ).gradients.map(gradient => gradient[0])

const poissonMass = (k: number, rate: number): number =>
  Math.exp(k * Math.log(rate) - rate - Array.from({ length: k }, (_, i) => Math.log(i + 1)).reduce((a, b) => a + b, 0))

describe('truncated', () => {
  it.each(golden.truncated)('$family($arguments) at $x between $lower and $upper agrees with the integral of its density', row => {
    const bounds = (['lower', 'upper'] as const).filter(bound => row[bound] !== undefined)
    const f = (x: Value, ...rest: readonly Value[]): Value => {
      const ends = Object.fromEntries(bounds.map((bound, k) => [bound, rest[row.arguments.length + k]]))
      return truncated(families[row.family](...rest.slice(0, row.arguments.length)), ends).logDensity(x)
    }
    // A bound at the end of the support is a constant there, and no argument to differentiate by.
    const edge = row.family === 'gamma' && row.lower === 0
    const g = (x: Value, ...rest: readonly Value[]): Value =>
      truncated(families[row.family](...rest.slice(0, row.arguments.length)), { lower: 0, upper: rest.at(-1)! }).logDensity(x)
    const at = [row.x, ...row.arguments, ...bounds.filter(bound => !(edge && bound === 'lower')).map(bound => row[bound]!)]
    const got = valueAndGradient((edge ? g : f) as (...values: readonly Value[]) => Value, at)
    expectAllClose(got, row.logDensity, 1e-11)
    expectAllClose(
      compiledGradient((x, rest) => (edge ? g : f)(x, ...rest), at),
      row.logDensity.slice(2),
      1e-11,
    )
  })

  it('includes both ends of whole numbers', () => {
    const masses = [2, 3, 4, 5].map(k => poissonMass(k, 3.5))
    const total = masses.reduce((sum, p) => sum + p, 0)
    for (const bounds of [
      { lower: 2, upper: 5 },
      { lower: 1.2, upper: 5.9 },
    ]) {
      const cut = truncated(poisson(3.5), bounds)
      masses.forEach((p, i) => expect(logDensityAt(cut, i + 2)).toBeCloseTo(Math.log(p / total), 12))
    }
  })

  it.each([
    ['left of the centre', { lower: 2, upper: 5 }, 3.5, 30],
    ['far right', { lower: 40, upper: 44 }, 3.5, 31],
    ['far left', { upper: 3 }, 60, 32],
  ] as const)('draws whole numbers %s as often as their masses say', (_where, bounds, rate, seed) => {
    const cut = truncated(poisson(rate), bounds)
    const from = 'lower' in bounds ? bounds.lower : 0
    const masses = Array.from({ length: bounds.upper - from + 1 }, (_, k) => Math.exp(logDensityAt(cut, from + k)))
    expect(masses.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 11)
    const size = 1500
    const draws = drawsOf(cut, size, seed)
    const counts = masses.map((_, k) => draws.filter(x => x === from + k).length)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(size)
    const kept = masses.map((_, k) => k).filter(k => masses[k] * size > 5)
    const others = 1 - kept.reduce((sum, k) => sum + masses[k], 0)
    const rest = size - kept.reduce((sum, k) => sum + counts[k], 0)
    const binned = others * size > 5
    expect(
      chiSquareScore([...kept.map(k => counts[k]), ...(binned ? [rest] : [])], [...kept.map(k => masses[k]), ...(binned ? [others] : [])]),
    ).toBeLessThan(3.72)
  })

  it.each([
    [normal(0, 1), { lower: -1, upper: 2 }, 20_000],
    [normal(0, 1), { lower: 0.5, upper: 1 }, 20_000],
    [normal(0, 1), { lower: -0.2, upper: 0.3 }, 20_000],
    [normal(1, 2), { lower: 60 }, 20_000],
    [normal(1, 2), { upper: -80 }, 20_000],
    [normal(0, 1), { lower: 30, upper: 30.01 }, 20_000],
    [normal(0, 1), { lower: -9, upper: -5 }, 20_000],
    [families.halfNormal(1), { lower: 4 }, 20_000],
    [families.logNormal(0, 1), { upper: 0.01 }, 20_000],
    [exponential(2), { lower: 300, upper: 301 }, 20_000],
    [uniform(0, 10), { lower: 3, upper: 20 }, 20_000],
    [gamma(2, 1), { lower: 1 }, 20_000],
    [gamma(2, 1), { lower: 60 }, 300],
    [studentT(3, 0, 1), { lower: -1e4, upper: -1e3 }, 300],
    [families.cauchy(0, 1), { lower: 1e6 }, 300],
    [families.beta(2, 9), { lower: 0.9 }, 300],
    [truncated(gamma(2, 1), { lower: 40 }), { upper: 41 }, 300],
    [mixture([0.5, 0.5], [normal(-3, 1), normal(3, 1)]), { lower: 12 }, 300],
  ] as const)('draws have the distribution function (case %#)', (distribution, bounds, size) => {
    const cut = truncated(distribution, bounds)
    const draws = drawsOf(cut, size, 12)
    const [lower, upper] = ['lower' in bounds ? bounds.lower : -Infinity, 'upper' in bounds ? bounds.upper : Infinity]
    expect(draws.every(x => x >= lower && x <= upper)).toBe(true)
    expect(kolmogorovP(cut, draws)).toBeGreaterThan(1e-4)
  })

  it('draws far in a tail with the numbers that its parameters have', () => {
    const [shape, lower] = ['shape', 'lower'].map(name => new Value(input(name, scalarShape)))
    const numbers = new Map([
      [shape, 2],
      [lower, 60],
    ])
    const cut = truncated(gamma(shape, 1), { lower })
    const stream = createStream(prngKey(17))
    const out = new Float64Array(1)
    const draws = Float64Array.from({ length: 200 }, () => {
      cut.drawInto(out, { of: argument => numbers.get(argument) ?? knownNumbers.of(argument), array: knownNumbers.array }, stream)
      return out[0]
    })
    expect(kolmogorovP(truncated(gamma(2, 1), { lower: 60 }), draws)).toBeGreaterThan(1e-4)
  })

  it('has its own support, where bounds outside of the distribution cut nothing off', () => {
    expect(truncated(normal(0, 1), { lower: 2 }).support).toMatchObject({ kind: 'interval', upper: undefined })
    const same = truncated(gamma(2, 1), { lower: -3, upper: 5 })
    expect(Object.keys(same.arguments)).toEqual(['gamma: shape', 'gamma: rate', 'upper'])
    expect(numberOf((same.support as { lower: Value }).lower)).toBe(0)
  })

  it('is refused where the distribution function is not known, without bounds, and where nothing is left', () => {
    expect(() => truncated(vonMises(0, 1), { lower: 0 })).toThrow(/distribution function of vonMises is not known/)
    expect(() => truncated(normal(0, 1), {})).toThrow(/no bound/)
    expect(() => truncated(normal(0, 1), { lower: 2, upper: 1 })).toThrow(/nothing lies between 2 and 1/)
    expect(() => truncated(gamma(1, 1), { upper: -1 })).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_BOUNDS' }))
    expect(() => truncated(poisson(1), { lower: 1.2, upper: 1.8 })).toThrow(/nothing lies between/)
  })
})

describe('censored', () => {
  it.each(golden.censored)('$family($arguments) recorded as $x between $lower and $upper agrees with the integral of its density', row => {
    const bounds = { ...(row.lower === undefined ? {} : { lower: row.lower }), ...(row.upper === undefined ? {} : { upper: row.upper }) }
    const f = (...args: readonly Value[]): Value => censored(families[row.family](...args), bounds).logDensity(value(row.x))
    expectAllClose(valueAndGradient(f, row.arguments), row.logDensity, 1e-12)
    const compiled = compiledGradient((x, args) => censored(families[row.family](...args), bounds).logDensity(x), [row.x, ...row.arguments])
    expectAllClose(compiled, row.logDensity.slice(1), 1e-12)
  })

  it('counts whole numbers at a bound as at the bound or beyond', () => {
    const cut = censored(poisson(3.5), { lower: 1, upper: 4 })
    const below = [0, 1].reduce((sum, k) => sum + poissonMass(k, 3.5), 0)
    const middle = [2, 3].reduce((sum, k) => sum + poissonMass(k, 3.5), 0)
    expect(logDensityAt(cut, 1)).toBeCloseTo(Math.log(below), 12)
    expect(logDensityAt(cut, 3)).toBeCloseTo(Math.log(poissonMass(3, 3.5)), 12)
    expect(logDensityAt(cut, 4)).toBeCloseTo(Math.log(1 - below - middle), 12)
  })

  it('draws are clipped at the bounds, as often as the distribution lies beyond', () => {
    const draws = drawsOf(censored(exponential(1), { lower: 0.5, upper: 2 }), 20_000, 6)
    for (const [bound, p] of [
      [0.5, 1 - Math.exp(-0.5)],
      [2, Math.exp(-2)],
    ]) {
      const share = draws.filter(x => x === bound).length / 20_000
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 20_000))
    }
  })

  it('is for observed sites alone, and needs the distribution function', () => {
    expect(censored(normal(0, 1), { lower: 0 }).observedOnly).toBe(true)
    expect(() => censored(vonMises(0, 1), { lower: 0 })).toThrow(/distribution function of vonMises is not known/)
  })
})

describe('mixture', () => {
  it.each(golden.mixtures)('with weights $weights at $x agrees with the sum', row => {
    const sizes = row.components.map(component => component.arguments.length)
    const f = (x: Value, ...rest: readonly Value[]): Value => {
      let from = row.weights.length
      const components = row.components.map(({ family }, k) => families[family](...rest.slice(from, (from += sizes[k]))))
      return mixture(rest.slice(0, row.weights.length), components).logDensity(x)
    }
    const at = [row.x, ...row.weights, ...row.components.flatMap(component => component.arguments)]
    expectAllClose(valueAndGradient(f as (...values: readonly Value[]) => Value, at), row.logDensity, 1e-12)
    expectAllClose(
      compiledGradient((x, rest) => f(x, ...rest), at),
      row.logDensity.slice(2),
      1e-12,
    )
  })

  it('takes a simplex vector, and unnormalised log weights', () => {
    const components = [normal(0, 1), normal(4, 0.5), normal(9, 2)]
    const expected = logDensityAt(mixture([0.2, 0.5, 0.3], components), 3.3)
    expect(logDensityAt(mixture(value([0.2, 0.5, 0.3]), components), 3.3)).toBeCloseTo(expected, 14)
    const logits = [0.2, 0.5, 0.3].map(w => Math.log(w) + 700)
    expect(logDensityAt(mixture({ logWeights: logits }, components), 3.3)).toBeCloseTo(expected, 12)
    expect(logDensityAt(mixture({ logWeights: value(logits) }, components), 3.3)).toBeCloseTo(expected, 12)
  })

  it('is finite far from all components', () => {
    expect(logDensityAt(mixture([0.5, 0.5], [normal(0, 1), normal(1, 1)]), 1e4)).toBeCloseTo(
      -0.5 * 9999 ** 2 - 0.5 * Math.log(2 * Math.PI) - Math.LN2,
      6,
    )
  })

  it('reaches from the lowest to the highest support of its components', () => {
    const mixed = mixture([0.5, 0.5], [uniform(0, 1), uniform(3, 5)])
    expect(mixed.support.kind).toBe('interval')
    const { lower, upper } = mixed.support as { lower: Value; upper: Value }
    expect([numberOf(lower), numberOf(upper)]).toEqual([0, 5])
    expect(logDensityAt(mixed, 2)).toBe(-Infinity)
    expect(logDensityAt(mixed, 4)).toBeCloseTo(Math.log(0.25), 14)
  })

  it.each([
    [mixture([0.3, 0.7], [normal(0, 1), normal(4, 0.5)])],
    [mixture({ logWeights: [1, 2, 0] }, [gamma(2, 1), normal(-4, 1), studentT(3, 0, 5)])],
    [mixture(value([0.1, 0.9]), [uniform(0, 1), uniform(0, 10)])],
  ])('draws have the distribution function (case %#)', distribution => {
    expect(kolmogorovP(distribution, drawsOf(distribution, 20_000, 40))).toBeGreaterThan(1e-4)
  })

  it('of whole numbers gives no mass where a component has none', () => {
    const mixed = mixture([0.25, 0.75], [binomial(2, 0.5), poisson(1)])
    expect(mixed.support).toMatchObject({ kind: 'integers', upper: undefined })
    expect(logDensityAt(mixed, 2)).toBeCloseTo(Math.log(0.25 * 0.25 + 0.75 * poissonMass(2, 1)), 13)
    expect(logDensityAt(mixed, 3)).toBeCloseTo(Math.log(0.75 * poissonMass(3, 1)), 13)
  })

  it('of vectors takes components of one shape', () => {
    const covariance = [
      [1, 0],
      [0, 4],
    ]
    const component = (mean: number) => multivariateNormal([mean, mean], { covariance })
    const density = (mean: number) => Math.exp(-0.5 * ((1 - mean) ** 2 + (2 - mean) ** 2 / 4)) / (4 * Math.PI)
    const mixed = mixture([0.3, 0.7], [component(0), component(3)])
    expect(numberOf(mixed.logDensity(value([1, 2])))).toBeCloseTo(Math.log(0.3 * density(0) + 0.7 * density(3)), 13)
    expect(() => mixture([0.5, 0.5], [component(0), normal(0, 1)])).toThrow(/different shapes/)
  })

  it('names the arguments of its components', () => {
    expect(Object.keys(mixture([0.5, 0.5], [normal(0, 1), exponential(2)]).arguments)).toEqual([
      'weight 1',
      'weight 2',
      'component 1: mean',
      'component 1: sd',
      'component 2: rate',
    ])
  })

  it('is refused where weights and components do not fit', () => {
    expect(() => mixture([0.5, 0.5], [normal(0, 1)])).toThrow(/2 weights do not fit 1 components/)
    expect(() => mixture([0.5, 0.6], [normal(0, 1), normal(1, 1)])).toThrow(/not probabilities that add up to 1/)
    expect(() => mixture([0.5, 0.5], [normal(0, 1), poisson(1)])).toThrow(/supports of different kinds/)
    expect(() => mixture(value([[1]]), [normal(0, 1)])).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_MIXTURE' }))
  })

  it('never draws a component of weight 0', () => {
    const stream = createStream(prngKey(2))
    const out = new Float64Array(1)
    const mixed = mixture([1, 0], [uniform(0, 1), uniform(5, 6)])
    for (let i = 0; i < 1000; i++) {
      mixed.drawInto(out, knownNumbers, stream)
      expect(out[0]).toBeLessThan(1)
    }
  })
})
