import { describe, expect, it } from 'vitest'

import { categorical, categoricalLogits } from '../../src/distributions/categorical.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { orderedLogistic, orderedProbit } from '../../src/distributions/ordered.js'
import { concatenate } from '../../src/expression/arrays.js'
import { softmax } from '../../src/expression/linear-algebra.js'
import { value, type Value } from '../../src/expression/value.js'
import { compiledRows, logDensityOf, reference } from './compiled-rows.js'
import { logDensityAt, numberOf } from './goodness-of-fit.js'

const golden = reference('discrete-categories')

const families: Readonly<Record<string, (...args: readonly Value[]) => Distribution>> = {
  orderedLogistic: (predictor, ...cutpoints) => orderedLogistic(predictor, concatenate(...(cutpoints as [Value]))),
  orderedProbit: (predictor, ...cutpoints) => orderedProbit(predictor, concatenate(...(cutpoints as [Value]))),
  categoricalLogits: (...logits) => categoricalLogits(concatenate(...(logits as [Value]))),
}

describe.each(Object.entries(families))('%s', (name, make) => {
  const rows = golden[name]!
  const count = name === 'categoricalLogits' ? 4 : 5
  const xs = rows.map(row => row[0])
  const columns = Array.from({ length: count }, (_, k) => rows.map(row => row[1 + k]))
  // Cutpoints far from the predictor differ from it by a rounded number.
  const size = (row: readonly number[]): number => Math.max(...row.slice(1, 1 + count).map(Math.abs))
  const steepest = name === 'orderedProbit' ? 40 : 1
  // The probit takes the predictor from each cutpoint, and sees of their distance what that leaves.
  const narrow = ([x, , ...rest]: readonly number[]): number => {
    const gap = x > 0 && x < 4 ? rest[x] - rest[x - 1] : 1
    return name === 'orderedProbit' && gap < 1e-3 ? 1 / gap : 0
  }

  it('has the log mass of its definition, with other arguments in each row', () => {
    const { values } = compiledRows(logDensityOf(make), xs, columns)
    rows.forEach((row, i) => {
      const expected = row[1 + count]
      expect(Math.abs(values[i] - expected), `row ${row.join(', ')}`).toBeLessThanOrEqual(
        1e-14 * Math.abs(expected) + 4e-16 * (steepest + narrow(row)) * size(row),
      )
    })
  })

  it('has the derivatives of its definition', () => {
    const { gradients } = compiledRows(logDensityOf(make), xs, columns)
    rows.forEach((row, i) => {
      const scale = Math.max(...gradients.map(gradient => Math.abs(gradient[i])))
      gradients.forEach((gradient, k) => {
        const expected = row[2 + count + k]
        expect(Math.abs(gradient[i] - expected), `argument ${k}, row ${row.join(', ')}`).toBeLessThanOrEqual(
          1e-12 * Math.abs(expected) + (1e-15 * scale * (1 + narrow(row)) + 4e-16) * (1 + size(row)),
        )
      })
    })
  })

  if (name === 'categoricalLogits') return

  it.each([
    ['logCdf', -2],
    ['logSurvival', -1],
  ] as const)('has an accurate %s', (tail, column) => {
    const { values } = compiledRows((x, args) => make(...args)[tail]!(x), xs, columns)
    rows.forEach((row, i) => {
      const expected = row.at(column)!
      if (Math.abs(expected) === Infinity) expect(values[i]).toBe(expected)
      else expect(Math.abs(values[i] - expected), `row ${row.join(', ')}`).toBeLessThanOrEqual(1e-13 * Math.abs(expected) + 1e-300)
    })
  })
})

describe('categorical', () => {
  it('has the logarithm of the probability as its mass, also where that is 0', () => {
    const distribution = categorical([0.125, 0, 0.875])
    expect([0, 1, 2].map(x => logDensityAt(distribution, x))).toEqual([Math.log(0.125), -Infinity, Math.log(0.875)])
  })

  it('has derivative 1 / p at the entry that was observed', () => {
    const probabilities = [0.25, 0.125, 0.625]
    const { gradients } = compiledRows(
      logDensityOf((...p) => categorical(concatenate(...(p as [Value])))),
      [2, 0, 1],
      probabilities.map(p => [p, p, p]),
    )
    expect(gradients.map(gradient => [...gradient])).toEqual([
      [0, 4, 0],
      [0, 0, 8],
      [1.6, 0, 0],
    ])
  })

  it('takes the logits of a softmax, and stays finite where the probability underflows', () => {
    const { values, gradients } = compiledRows(
      logDensityOf((a, b) => categorical(softmax(concatenate(a, b)))),
      [1],
      [[1000], [0]],
    )
    expect([...values]).toEqual([-1000])
    expect(gradients.map(gradient => gradient[0])).toEqual([-1, 1])
  })

  it('shares one vector among all rows', () => {
    const shared = categoricalLogits([0.5, -1, 2])
    const total = Math.log(Math.exp(0.5) + Math.exp(-1) + Math.exp(2))
    const { node } = shared.logDensity(value([2, 0, 2, 1]))
    expect(node.op === 'constant' && [...node.values]).toEqual([2, 0.5, 2, -1].map(logit => expect.closeTo(logit - total, 14) as number))
  })

  it('finds the entry of a category that is itself computed', () => {
    const distribution = orderedLogistic(0.3, [-1, 0.5, 2])
    const { values } = compiledRows((_x, [k]) => distribution.logDensity(k), [0, 0, 0, 0], [[0, 1, 2, 3]])
    ;[...values].forEach((mass, k) => expect(mass).toBeCloseTo(logDensityAt(distribution, k), 14))
  })

  it('refuses probabilities that are no vector, with a way out', () => {
    expect(() => categorical(value(0.5))).toThrowError(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE' }))
    expect(() => orderedProbit(0, value([[1, 2]]))).toThrowError(/cutpoints has shape/)
  })
})

describe('ordered categories', () => {
  it('refuse constant cutpoints that do not increase', () => {
    expect(() => orderedLogistic(0, [1, 1])).toThrowError(expect.objectContaining({ code: 'CHORALE_MODEL_PARAMETER' }))
    expect(() => orderedProbit(0, [1, 0.5])).toThrowError(/do not increase/)
  })

  it('of one cutpoint are a Bernoulli variable', () => {
    const distribution = orderedLogistic(1.25, [0.5])
    expect(logDensityAt(distribution, 1)).toBeCloseTo(-Math.log1p(Math.exp(-0.75)), 15)
    expect(logDensityAt(distribution, 0)).toBeCloseTo(-Math.log1p(Math.exp(0.75)), 15)
  })

  it('know their distribution function on all whole numbers', () => {
    const distribution = orderedProbit(0.2, [-1, 0.5])
    expect([-1, 2, 5].map(x => numberOf(distribution.logCdf!(value(x))))).toEqual([-Infinity, expect.closeTo(0, 15), expect.closeTo(0, 15)])
    expect([-1, 2].map(x => numberOf(distribution.logSurvival!(value(x))))).toEqual([expect.closeTo(0, 15), -Infinity])
  })
})
