import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { betaBinomial } from '../../src/distributions/beta-binomial.js'
import { binomialLogit } from '../../src/distributions/binomial.js'
import { censored } from '../../src/distributions/censored.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { geometric } from '../../src/distributions/geometric.js'
import { hurdle } from '../../src/distributions/hurdle.js'
import { mixture } from '../../src/distributions/mixture.js'
import { negativeBinomial2 } from '../../src/distributions/negative-binomial.js'
import { normal } from '../../src/distributions/normal.js'
import { poisson, poissonLog } from '../../src/distributions/poisson.js'
import { truncated } from '../../src/distributions/truncated.js'
import { zeroInflated } from '../../src/distributions/zero-inflated.js'
import { logistic } from '../../src/expression/elementary.js'
import { value, type Value } from '../../src/expression/value.js'
import { compiledRows, logDensityOf } from './compiled-rows.js'
import { logDensityAt, numberOf } from './goodness-of-fit.js'

const { rows } = JSON.parse(readFileSync(new URL('../golden/discrete-composed.json', import.meta.url), 'utf8')) as {
  rows: readonly (readonly [string, ...number[]])[]
}

const cases: Readonly<Record<string, (...args: readonly Value[]) => Distribution>> = {
  'truncated poisson 2 to 12': rate => truncated(poisson(rate), { lower: 2, upper: 12 }),
  'truncated poisson from 1': rate => truncated(poisson(rate), { lower: 1 }),
  'truncated binomialLogit 20 2 to 9': logits => truncated(binomialLogit(20, logits), { lower: 2, upper: 9 }),
  'truncated negativeBinomial2 1 to 15': (mean, c) => truncated(negativeBinomial2(mean, c), { lower: 1, upper: 15 }),
  'zeroInflated poisson': (gate, rate) => zeroInflated(gate, poisson(rate)),
  'zeroInflated negativeBinomial2': (gate, mean, c) => zeroInflated(gate, negativeBinomial2(mean, c)),
  'hurdle poisson': (gate, rate) => hurdle(gate, poisson(rate)),
  'hurdle negativeBinomial2': (gate, mean, c) => hurdle(gate, negativeBinomial2(mean, c)),
}

describe.each(Object.entries(cases))('%s', (name, make) => {
  const own = rows.filter(row => row[0] === name).map(row => row.slice(1) as number[])
  const count = make.length
  const columns = Array.from({ length: count }, (_, k) => own.map(row => row[1 + k]))
  const xs = own.map(row => row[0])

  it('has the log mass of its definition and its derivatives, in compiled code', () => {
    const { values, gradients } = compiledRows(logDensityOf(make), xs, columns)
    own.forEach((row, i) => {
      expect(Math.abs(values[i] - row[1 + count]), `row ${row.join(', ')}`).toBeLessThanOrEqual(
        1e-12 * Math.max(1, Math.abs(row[1 + count])),
      )
      gradients.forEach((gradient, k) => {
        const size = Math.max(1, xs[i])
        expect(Math.abs(gradient[i] - row[2 + count + k]) * row[1 + k], `argument ${k}, row ${row.join(', ')}`).toBeLessThanOrEqual(
          1e-12 * size,
        )
      })
    })
  })

  if (name.startsWith('truncated')) return

  it('has the distribution function of its definition', () => {
    for (const [tail, column] of [
      ['logCdf', -2],
      ['logSurvival', -1],
    ] as const) {
      const { values } = compiledRows((x, args) => make(...args)[tail]!(x), xs, columns)
      own.forEach((row, i) => expect(values[i], `${tail}, row ${row.join(', ')}`).toBeCloseTo(row.at(column)!, 12))
    }
  })
})

describe('gates', () => {
  it('that are never closed change nothing', () => {
    const open = zeroInflated(0, poisson(2.5))
    expect([0, 1, 7].map(x => logDensityAt(open, x))).toEqual([0, 1, 7].map(x => logDensityAt(poisson(2.5), x)))
  })

  it('that are always closed leave 0', () => {
    for (const distribution of [zeroInflated(1, poisson(2.5)), hurdle(1, poisson(2.5))]) {
      expect(logDensityAt(distribution, 0)).toBeCloseTo(0, 15)
      expect(logDensityAt(distribution, 3)).toBe(-Infinity)
    }
  })

  it('made from logits are finite where they are rounded to 0 or 1', () => {
    const { values, gradients } = compiledRows(
      logDensityOf((u, v) => zeroInflated(logistic(u), poissonLog(v))),
      [0, 0, 2, 2],
      [
        [-800, 800, 800, -800],
        [7, 1, 0, 0],
      ],
    )
    expect([...values]).toEqual([expect.closeTo(-800, 10), 0, expect.closeTo(-801 - Math.log(2), 10), expect.closeTo(-1 - Math.log(2), 10)])
    expect(gradients.map(gradient => [...gradient])).toEqual([
      [1, 0, -1, 0],
      [expect.closeTo(0, 10), expect.closeTo(0, 10), 1, 1],
    ])
  })

  it('a hurdle is never infinitely probable, however small the rate', () => {
    const { values, gradients } = compiledRows(
      logDensityOf(logRate => hurdle(0.5, poissonLog(logRate))),
      [1, 1, 1, 2],
      [[-600, -720, -900, -900]],
    )
    expect(values[0]).toBeCloseTo(-Math.LN2, 10)
    for (const mass of values) expect(mass).toBeLessThan(0)
    for (const slope of gradients[0]) expect(slope).toBeGreaterThanOrEqual(-1e-10)
  })

  it('refuse what is not a count', () => {
    for (const distribution of [normal(0, 1), truncated(poisson(3), { lower: 1 })]) {
      expect(() => zeroInflated(0.5, distribution)).toThrowError(expect.objectContaining({ code: 'CHORALE_MODEL_COUNTS' }))
      expect(() => hurdle(0.5, distribution)).toThrowError(/is not the whole numbers from 0/)
    }
  })

  it('work without a distribution function, which they then lack too', () => {
    const distribution = hurdle(0.25, betaBinomial(6, 0.5, 2))
    expect(distribution.logCdf).toBeUndefined()
    const total = Array.from({ length: 7 }, (_, x) => Math.exp(logDensityAt(distribution, x))).reduce((a, b) => a + b)
    expect(total).toBeCloseTo(1, 14)
  })
})

describe('counts in other distributions', () => {
  it('are censored at both ends, which are included', () => {
    const distribution = censored(poisson(4), { lower: 2, upper: 6 })
    expect(logDensityAt(distribution, 2)).toBeCloseTo(Math.log(Math.exp(-4) * (1 + 4 + 8)), 14)
    expect(logDensityAt(distribution, 6)).toBeCloseTo(numberOf(poisson(4).logSurvival!(value(5))), 14)
  })

  it('mix supports of different lengths', () => {
    const distribution = mixture([0.5, 0.5], [binomialLogit(3, 0), geometric(0.5)])
    expect(Math.exp(logDensityAt(distribution, 5))).toBeCloseTo(0.5 / 64, 15)
    expect(Math.exp(logDensityAt(distribution, 3))).toBeCloseTo(0.5 / 8 + 0.5 / 16, 15)
  })
})
