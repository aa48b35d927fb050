import { describe, expect, it } from 'vitest'

import { bernoulli, bernoulliLogit } from '../../src/distributions/bernoulli.js'
import { betaBinomial } from '../../src/distributions/beta-binomial.js'
import { binomial, binomialLogit } from '../../src/distributions/binomial.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { geometric } from '../../src/distributions/geometric.js'
import { negativeBinomial2, negativeBinomial2Log } from '../../src/distributions/negative-binomial.js'
import { poisson, poissonLog } from '../../src/distributions/poisson.js'
import { exp, logistic } from '../../src/expression/elementary.js'
import type { Operand, Value } from '../../src/expression/value.js'
import { compiledRows, logDensityOf, reference, type Row } from './compiled-rows.js'

const golden = reference('discrete-counts')

interface Family {
  readonly make: (...args: readonly Value[]) => Distribution
  /** Arguments that are data. */
  readonly known?: number
  /** Size of the largest terms of the log mass, in whose last places it is accurate. */
  readonly terms: (x: number, ...args: number[]) => number
}

const operands = (f: (...args: never[]) => Distribution) => f as unknown as (...args: readonly Operand[]) => Distribution
const logFactorialSize = (x: number): number => x * Math.log(x + 1)

const families: Readonly<Record<string, Family>> = {
  bernoulli: { make: operands(bernoulli), terms: () => 0 },
  bernoulliLogit: { make: operands(bernoulliLogit), terms: (_x, logits) => Math.abs(logits) },
  binomial: { make: operands(binomial), known: 1, terms: (x, n, p) => n + x * Math.abs(Math.log(p)) },
  binomialLogit: { make: operands(binomialLogit), known: 1, terms: (_x, n, logits) => n * (1 + Math.abs(logits)) },
  betaBinomial: {
    make: operands(betaBinomial),
    known: 1,
    terms: (x, n, a, b) => logFactorialSize(n) + x * Math.abs(Math.log(a / (a + b))),
  },
  poisson: { make: operands(poisson), terms: (x, rate) => logFactorialSize(x) + rate + x * Math.abs(Math.log(rate)) },
  poissonLog: { make: operands(poissonLog), terms: (x, logRate) => logFactorialSize(x) + Math.exp(logRate) + x * Math.abs(logRate) },
  negativeBinomial2: {
    make: operands(negativeBinomial2),
    terms: (x, mean, c) => logFactorialSize(x) + mean + x * Math.abs(Math.log(mean / c)) + x * Math.abs(Math.log(c)),
  },
  negativeBinomial2Log: {
    make: operands(negativeBinomial2Log),
    terms: (x, logMean, c) =>
      logFactorialSize(x) +
      Math.min(Math.exp(logMean), c * Math.abs(logMean)) * (1 + Math.log(c + 1)) +
      x * (Math.abs(logMean) + 2 * Math.abs(Math.log(c))),
  },
  geometric: { make: operands(geometric), terms: (x, p) => Math.abs(x * Math.log1p(-p)) + Math.abs(Math.log(p)) },
}

describe.each(Object.entries(families))('%s', (name, { make, known = 0, terms }) => {
  const rows = golden[name]!
  const count = argumentCount(name)
  const xs = rows.map(row => row[0])
  const columns = Array.from({ length: count }, (_, k) => rows.map(row => row[1 + k]))
  const wanted = (column: number): Row => rows.map(row => row[1 + count + column])

  it('has the log mass of its definition, in compiled code and far from its mean', () => {
    const { values } = compiledRows(logDensityOf(make), xs, columns, known)
    wanted(0).forEach((expected, i) => {
      const size = Math.max(terms(xs[i], ...columns.map(column => column[i])), Math.abs(expected))
      expect(Math.abs(values[i] - expected), `row ${rows[i].join(', ')}`).toBeLessThanOrEqual(4e-15 * size + 1e-300)
    })
  })

  it('has the derivatives of its definition in all real arguments', () => {
    const { gradients } = compiledRows(logDensityOf(make), xs, columns, known)
    gradients.forEach((gradient, k) => {
      wanted(1 + k).forEach((expected, i) => {
        const argument = columns[known + k][i]
        const size = Math.max(
          sensitivity(
            name,
            k,
            xs[i],
            columns.map(column => column[i]),
          ),
          Math.abs(expected * argument),
        )
        expect(Math.abs(gradient[i] - expected) * Math.abs(argument || 1), `argument ${k}, row ${rows[i].join(', ')}`).toBeLessThanOrEqual(
          1e-13 * size + 1e-300,
        )
      })
    })
  })

  if (name !== 'betaBinomial') {
    it.each([
      ['logCdf', -2],
      ['logSurvival', -1],
    ] as const)('has an accurate %s in both tails', (tail, column) => {
      const { values } = compiledRows((x, args) => make(...args)[tail]!(x), xs, columns, known)
      rows.forEach((row, i) => {
        const expected = row.at(column)!
        if (Number.isNaN(expected)) return
        // The incomplete beta function loses digits for shapes above a million.
        const tolerance = name.startsWith('negativeBinomial2') && row[2] > 1e6 ? 1e-9 : 5e-13
        if (Math.abs(expected) === Infinity) expect(values[i]).toBe(expected)
        else expect(Math.abs(values[i] - expected), `row ${row.join(', ')}`).toBeLessThanOrEqual(tolerance * Math.abs(expected) + 1e-300)
      })
    })
  }
})

function argumentCount(name: string): number {
  return name === 'betaBinomial' ? 3 : ['bernoulli', 'bernoulliLogit', 'poisson', 'poissonLog', 'geometric'].includes(name) ? 1 : 2
}

/** Size of the terms whose sum is the derivative in the logarithm of argument k (in a logit or log mean: in the argument, times its size). */
function sensitivity(name: string, k: number, x: number, args: readonly number[]): number {
  switch (name) {
    case 'bernoulliLogit':
    case 'bernoulli':
      return Math.abs(args[0])
    case 'binomial':
      return args[0] / (1 - args[1])
    case 'binomialLogit':
      return args[0] * Math.abs(args[1])
    case 'poisson':
    case 'geometric':
      return x + args[0]
    case 'poissonLog':
      return (x + Math.exp(args[0])) * Math.abs(args[0])
    case 'betaBinomial':
      return args[0]
    case 'negativeBinomial2':
      return x + args[0]
    default:
      return k === 0
        ? (x + Math.exp(Math.min(args[0], 700))) * Math.abs(args[0])
        : (x + Math.min(Math.exp(args[0]), args[1] * Math.abs(args[0]) + args[1])) * (1 + Math.abs(Math.log(args[1])))
  }
}

describe('probabilities and rates that were made from logits and logarithms', () => {
  const columnsOf = (name: string, count: number): readonly [readonly Row[], Row, readonly Row[]] => {
    const rows = golden[name]!
    return [rows, rows.map(row => row[0]), Array.from({ length: count }, (_, k) => rows.map(row => row[1 + k]))]
  }
  it.each([
    ['bernoulliLogit', 1, 0, (logits: Value) => bernoulli(logistic(logits)), bernoulliLogit],
    ['binomialLogit', 2, 1, (trials: Value, logits: Value) => binomial(trials, logistic(logits)), binomialLogit],
    ['poissonLog', 1, 0, (logRate: Value) => poisson(exp(logRate)), poissonLog],
    ['negativeBinomial2Log', 2, 0, (logMean: Value, c: Value) => negativeBinomial2(exp(logMean), c), negativeBinomial2Log],
  ] as const)('are the same distribution as %s, bit by bit', (name, count, known, composed, direct) => {
    const [, xs, columns] = columnsOf(name, count)
    const seen = compiledRows(logDensityOf(operands(composed)), xs, columns, known)
    const plain = compiledRows(logDensityOf(operands(direct)), xs, columns, known)
    expect(seen).toEqual(plain)
  })

  it('geometric(logistic(u)) is finite where the probability is rounded to 0 or 1', () => {
    const { values, gradients } = compiledRows((x, [u]) => geometric(logistic(u)).logDensity(x), [3, 3, 0, 0], [[-800, 800, -800, 800]])
    expect([...values]).toEqual([-800, -2400, -800, 0])
    expect([...gradients[0]]).toEqual([1, -3, 1, 0])
  })
})
