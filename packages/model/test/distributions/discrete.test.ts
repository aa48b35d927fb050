import { describe, expect, it } from 'vitest'

import { bernoulli, bernoulliLogit } from '../../src/distributions/bernoulli.js'
import { betaBinomial } from '../../src/distributions/beta-binomial.js'
import { binomial, binomialLogit } from '../../src/distributions/binomial.js'
import { discreteFamilies, gatedFamilies } from '../../src/distributions/catalog-discrete.js'
import { categorical, categoricalLogits } from '../../src/distributions/categorical.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { geometric } from '../../src/distributions/geometric.js'
import { hurdle } from '../../src/distributions/hurdle.js'
import { negativeBinomial2, negativeBinomial2Log } from '../../src/distributions/negative-binomial.js'
import { orderedLogistic, orderedProbit } from '../../src/distributions/ordered.js'
import { poisson, poissonLog } from '../../src/distributions/poisson.js'
import { zeroInflated } from '../../src/distributions/zero-inflated.js'
import { concatenate } from '../../src/expression/arrays.js'
import { minimum } from '../../src/expression/elementary.js'
import { value, type Value } from '../../src/expression/value.js'
import { describeSupport } from '../../src/supports/support.js'
import { compiledRows, logDensityOf, sharedRows } from './compiled-rows.js'
import { at, logDensityAt, numberOf } from './goodness-of-fit.js'
import { knownNumbers } from './known-numbers.js'

const examples: readonly Distribution[] = [
  bernoulli(0.2),
  bernoulliLogit(-3),
  binomial(30, 0.7),
  binomialLogit(30, -2),
  betaBinomial(30, 0.4, 3),
  poisson(12),
  poissonLog(-1),
  negativeBinomial2(9, 1.5),
  negativeBinomial2Log(2, 40),
  geometric(0.1),
  categorical([0.2, 0.5, 0.3]),
  categoricalLogits([2, -1, 0.5, 0]),
  orderedLogistic(0.4, [-1, 1, 1.5]),
  orderedProbit(0.4, [-1, 1, 1.5]),
  zeroInflated(0.1, poisson(3)),
  hurdle(0.1, negativeBinomial2(3, 2)),
]

describe.each(examples.map(distribution => [distribution.name, distribution] as const))('%s', (_name, distribution) => {
  const upper = /to (\d+)$/.exec(describeSupport(distribution.support))?.[1]
  const numbers = Float64Array.from({ length: (upper === undefined ? 400 : Number(upper)) + 1 }, (_, k) => k)

  it('has masses that add up to 1', () => {
    const total = at(x => distribution.logDensity(x), numbers).reduce((sum, logMass) => sum + Math.exp(logMass), 0)
    expect(total).toBeCloseTo(1, 12)
  })

  it('has a distribution function that grows by the masses, if it has one', () => {
    if (distribution.logCdf === undefined || distribution.logSurvival === undefined) return
    const masses = at(x => distribution.logDensity(x), numbers).map(Math.exp)
    const cdf = at(x => distribution.logCdf!(x), numbers).map(Math.exp)
    const survival = at(x => distribution.logSurvival!(x), numbers).map(Math.exp)
    masses.forEach((mass, k) => {
      expect(cdf[k] - (k === 0 ? 0 : cdf[k - 1])).toBeCloseTo(mass, 12)
      expect(cdf[k] + survival[k]).toBeCloseTo(1, 12)
    })
    expect([-1, -0.5].map(x => numberOf(distribution.logCdf!(value(x))))).toEqual([-Infinity, -Infinity])
    expect([-1, -0.5].map(x => Math.abs(numberOf(distribution.logSurvival!(value(x)))))).toEqual([0, 0])
    expect(numberOf(distribution.logCdf(value(1.5)))).toBe(numberOf(distribution.logCdf(value(1))))
  })

  it('is the same distribution with its arguments fixed', () => {
    const fixed = distribution.fixedAt!(knownNumbers)
    expect([0, 1].map(x => logDensityAt(fixed, x))).toEqual([0, 1].map(x => logDensityAt(distribution, x)))
  })
})

describe('probabilities at the ends of their range', () => {
  it('bernoulli is certain at 0 and 1, exactly', () => {
    expect([logDensityAt(bernoulli(0), 0), logDensityAt(bernoulli(1), 1)].map(Math.abs)).toEqual([0, 0])
    expect([logDensityAt(bernoulli(0), 1), logDensityAt(bernoulli(1), 0)]).toEqual([-Infinity, -Infinity])
  })

  it('a shared probability of 0 that was never contradicted has a finite gradient', () => {
    const { values, gradients } = compiledRows(
      logDensityOf(p => bernoulli(p)),
      [0, 1],
      [[0, 1]],
    )
    expect([...values].map(Math.abs)).toEqual([0, 0])
    expect([...gradients[0]]).toEqual([-1, 1])
    expect(
      [
        ...compiledRows(
          logDensityOf((n, p) => binomial(n, p)),
          [0, 5],
          [
            [5, 5],
            [0, 1],
          ],
          1,
        ).gradients[0],
      ].every(Number.isFinite),
    ).toBe(true)
  })

  it('binomial, geometric and poisson are certain without chance', () => {
    const certain = [
      logDensityAt(binomial(5, 0), 0),
      logDensityAt(binomial(5, 1), 5),
      logDensityAt(binomial(0, 0.3), 0),
      logDensityAt(geometric(1), 0),
      logDensityAt(poisson(0), 0),
    ]
    expect(certain.map(Math.abs)).toEqual([0, 0, 0, 0, 0])
    expect([logDensityAt(binomial(5, 0), 1), logDensityAt(geometric(1), 2), logDensityAt(poisson(0), 1)]).toEqual([
      -Infinity,
      -Infinity,
      -Infinity,
    ])
  })

  it('have no mass outside of the support', () => {
    const outside = [
      logDensityAt(binomial(5, 0.5), 6),
      logDensityAt(binomialLogit(5, 0.5), -1),
      logDensityAt(poisson(2), -1),
      logDensityAt(bernoulli(0.5), 2),
    ]
    expect(outside).toEqual(outside.map(() => -Infinity))
  })

  it('a zero count of trials leaves the distribution function at 1', () => {
    expect(Math.abs(numberOf(binomialLogit(0, 0.5).logCdf!(value(0))))).toBe(0)
    expect(numberOf(binomial(0, 0.5).logSurvival!(value(0)))).toBe(-Infinity)
  })
})

describe('counts that share their parameters', () => {
  const counts = Array.from({ length: 60 }, (_, i) => (i * i) % 7)

  it.each([
    ['negativeBinomial2Log', (x: Value, [m, c]: readonly Value[]) => negativeBinomial2Log(m, c).logDensity(x), [0.7, 1.3]],
    ['negativeBinomial2', (x: Value, [m, c]: readonly Value[]) => negativeBinomial2(m, c).logDensity(x), [2.5, 1e10]],
    ['betaBinomial', (x: Value, [a, b]: readonly Value[]) => betaBinomial(9, a, b).logDensity(x), [0.7, 40]],
    ['bernoulli', (x: Value, [p]: readonly Value[]) => bernoulli(p).logDensity(minimum(x, 1)), [0.3]],
    [
      'orderedLogistic',
      (x: Value, [eta, c]: readonly Value[]) =>
        orderedLogistic(eta, concatenate(c, c.add(1), c.add(2), c.add(3), c.add(4), c.add(5))).logDensity(x),
      [0.3, -2],
    ],
  ] as const)('%s has the masses and the derivatives of rows with parameters of their own', (_name, of, args) => {
    const own = compiledRows(
      of,
      counts,
      args.map(argument => counts.map(() => argument)),
    )
    const shared = sharedRows(of, counts, args)
    shared.values.forEach((mass, i) => expect(mass).toBeCloseTo(own.values[i], 12))
    shared.gradients.forEach(([total], k) => {
      const size = own.gradients[k].reduce((sum, slope) => sum + Math.abs(slope), 0)
      expect(Math.abs(total - own.gradients[k].reduce((sum, slope) => sum + slope, 0))).toBeLessThanOrEqual(
        1e-12 * size + (1e-14 * counts.length) / args[k],
      )
    })
  })
})

describe('the catalogue', () => {
  it('has an entry for each family, whose arguments are those of the distribution', () => {
    const byName = new Map(discreteFamilies.map(entry => [entry.name, entry]))
    const plain = examples.filter(({ name }) => !name.includes(' '))
    expect([...byName.keys()].sort()).toEqual(plain.map(({ name }) => name).sort())
    for (const distribution of plain) {
      expect(byName.get(distribution.name)!.arguments).toEqual(Object.keys(distribution.arguments))
      expect(Object.keys(distribution.domains)).toEqual(Object.keys(distribution.arguments))
    }
    expect(gatedFamilies.map(entry => entry.name)).toEqual(['zeroInflated', 'hurdle'])
  })
})
