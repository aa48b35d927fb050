import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { bernoulli, bernoulliLogit } from '../../src/distributions/bernoulli.js'
import { betaBinomial } from '../../src/distributions/beta-binomial.js'
import { binomial, binomialLogit } from '../../src/distributions/binomial.js'
import { categorical, categoricalLogits } from '../../src/distributions/categorical.js'
import { drawBinomial, drawGeometric, drawPoisson } from '../../src/distributions/discrete-variates.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { geometric } from '../../src/distributions/geometric.js'
import { hurdle } from '../../src/distributions/hurdle.js'
import { negativeBinomial2, negativeBinomial2Log } from '../../src/distributions/negative-binomial.js'
import { orderedLogistic, orderedProbit } from '../../src/distributions/ordered.js'
import { poisson, poissonLog } from '../../src/distributions/poisson.js'
import { truncated } from '../../src/distributions/truncated.js'
import { zeroInflated } from '../../src/distributions/zero-inflated.js'
import { at, chiSquareScore, drawsOf } from './goodness-of-fit.js'

const SIZE = 20_000

const cases: readonly (readonly [name: string, distribution: Distribution, size?: number])[] = [
  ['bernoulli(0.03)', bernoulli(0.03)],
  ['bernoulliLogit(1.5)', bernoulliLogit(1.5)],
  ['binomial(7, 0.4)', binomial(7, 0.4)],
  ['binomial(40, 0.9)', binomial(40, 0.9)],
  ['binomial(1000, 0.3)', binomial(1000, 0.3)],
  ['binomial(1e9, 4e-6)', binomial(1e9, 4e-6)],
  ['binomialLogit(100, -5)', binomialLogit(100, -5)],
  ['binomialLogit(200, 1)', binomialLogit(200, 1)],
  ['betaBinomial(12, 0.3, 0.7)', betaBinomial(12, 0.3, 0.7)],
  ['betaBinomial(300, 20, 30)', betaBinomial(300, 20, 30)],
  ['poisson(0.2)', poisson(0.2)],
  ['poisson(9.9)', poisson(9.9)],
  ['poisson(10)', poisson(10)],
  ['poisson(37.5)', poisson(37.5)],
  ['poisson(5000)', poisson(5000)],
  ['poissonLog(2)', poissonLog(2)],
  ['negativeBinomial2(6, 0.3)', negativeBinomial2(6, 0.3)],
  ['negativeBinomial2(30, 8)', negativeBinomial2(30, 8)],
  ['negativeBinomial2Log(3, 1e10)', negativeBinomial2Log(3, 1e10)],
  ['geometric(0.15)', geometric(0.15)],
  ['categorical([0.1, 0, 0.6, 0.3])', categorical([0.1, 0, 0.6, 0.3])],
  ['categoricalLogits([1000, 998, 1001])', categoricalLogits([1000, 998, 1001])],
  ['orderedLogistic(0.5, [-1, 0, 2])', orderedLogistic(0.5, [-1, 0, 2])],
  ['orderedProbit(0.5, [-1, 0, 2])', orderedProbit(0.5, [-1, 0, 2])],
  ['zeroInflated(0.3, poisson(4))', zeroInflated(0.3, poisson(4))],
  ['hurdle(0.3, poisson(0.01))', hurdle(0.3, poisson(0.01)), 4000],
  ['hurdle(0.1, negativeBinomial2(5, 1))', hurdle(0.1, negativeBinomial2(5, 1))],
  ['truncated(poisson(3), 2 to 5)', truncated(poisson(3), { lower: 2, upper: 5 })],
  ['hurdle(0, negativeBinomial2(20, 1e-3))', hurdle(0, negativeBinomial2(20, 1e-3)), 500],
  ['truncated(poisson(1), from 9)', truncated(poisson(1), { lower: 9 }), 1000],
]

/** Numbers up to which at least 5 draws are expected in each bin, and the probabilities of the bins. */
function binned(distribution: Distribution, draws: Float64Array): { readonly counts: number[]; readonly probabilities: number[] } {
  const smallest = draws.reduce((a, b) => Math.min(a, b))
  const largest = draws.reduce((a, b) => Math.max(a, b))
  const masses = at(
    x => distribution.logDensity(x),
    Float64Array.from({ length: largest - smallest + 1 }, (_, k) => smallest + k),
  ).map(Math.exp)
  const observed = masses.map(() => 0)
  for (const x of draws) observed[x - smallest]++
  const counts: number[] = []
  const probabilities: number[] = []
  let count = 0
  let probability = 0
  masses.forEach((mass, k) => {
    count += observed[k]
    probability += mass
    if (probability * draws.length < 5) return
    counts.push(count)
    probabilities.push(probability)
    count = probability = 0
  })
  const rest = 1 - probabilities.reduce((a, b) => a + b, 0)
  if (rest * draws.length >= 5) {
    counts.push(count)
    probabilities.push(rest)
  } else {
    counts[counts.length - 1] += count
    probabilities[probabilities.length - 1] += rest
  }
  return { counts, probabilities }
}

describe('draws', () => {
  it.each(cases.map(([name, distribution, size = SIZE]) => [name, distribution, size] as const))(
    'of %s have its masses',
    (name, distribution, size) => {
      const { counts, probabilities } = binned(distribution, drawsOf(distribution, size, 7300 + name.length))
      // One in thirty thousand for each case, were the sampler right: all seeds are fixed.
      expect(chiSquareScore(counts, probabilities)).toBeLessThan(4)
    },
  )

  it('of very large counts have the mean and the spread of the distribution', () => {
    const stream = createStream(prngKey(12))
    for (const [mean, sd, draw] of [
      [1e15, Math.sqrt(1e15), () => drawPoisson(1e15, stream)],
      [2.5e14, Math.sqrt(1.875e14), () => drawBinomial(1e15, 0.25, stream)],
      [1 / 1e-6 - 1, 1e6, () => drawGeometric(1e-6, stream)],
    ] as const) {
      const z = Array.from({ length: 4000 }, () => (draw() - mean) / sd)
      const average = z.reduce((a, b) => a + b) / z.length
      const spread = z.reduce((a, b) => a + b * b, 0) / z.length
      expect(Math.abs(average)).toBeLessThan(4 / Math.sqrt(z.length))
      // The fourth moment of the exponential, the heaviest of them, is 9: the standard error of its variance is sqrt(8 / n).
      expect(Math.abs(spread - 1)).toBeLessThan(4 * Math.sqrt(8 / z.length))
    }
  })

  it('are certain at the ends of the parameter range, and not a number outside', () => {
    const stream = createStream(prngKey(3))
    expect([
      drawPoisson(0, stream),
      drawBinomial(9, 0, stream),
      drawBinomial(9, 1, stream),
      drawBinomial(0, 0.5, stream),
      drawGeometric(1, stream),
    ]).toEqual([0, 0, 9, 0, 0])
    expect([drawPoisson(-1, stream), drawPoisson(NaN, stream), drawBinomial(4, 1.5, stream), drawBinomial(4, NaN, stream)]).toEqual([
      NaN,
      NaN,
      NaN,
      NaN,
    ])
  })

  it('a hurdle over a distribution without distribution function reaches counts that almost never happen', () => {
    const draws = drawsOf(hurdle(0, betaBinomial(3, 1e-9, 1)), 300, 5)
    // a -> 0: p(k) is proportional to 1 / k for b = 1.
    const mean = draws.reduce((a, b) => a + b) / draws.length
    expect([...draws].every(x => x >= 1 && x <= 3)).toBe(true)
    expect(Math.abs(mean - 18 / 11)).toBeLessThan((4 * 0.77) / Math.sqrt(draws.length))
  })
})
