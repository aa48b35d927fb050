import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { gamma } from '../../src/distributions/gamma.js'
import { drawNormalBetween } from '../../src/distributions/truncated-variates.js'
import { drawBeta, drawLogGamma, drawVonMises } from '../../src/distributions/variates.js'
import { vonMises } from '../../src/distributions/von-mises.js'
import { families } from './families.js'
import { at, chiSquareScore, drawsOf, kolmogorovP } from './goodness-of-fit.js'

const SIZE = 20_000

const cases: readonly (readonly [string, readonly number[]])[] = [
  ['normal', [3, 0.5]],
  ['studentT', [3, 1, 2]],
  ['studentT', [0.4, 0, 1]],
  ['studentT', [1e6, 0, 1]],
  ['cauchy', [-2, 3]],
  ['laplace', [1, 2]],
  ['logistic', [0, 2]],
  ['gumbel', [5, 0.2]],
  ['skewNormal', [1, 2, 4]],
  ['skewNormal', [0, 1, -0.7]],
  ['halfNormal', [2]],
  ['halfCauchy', [2.5]],
  ['halfStudentT', [4, 0.1]],
  ['logNormal', [1, 2]],
  ['exponential', [0.01]],
  ['gamma', [0.02, 3]],
  ['gamma', [0.7, 1e-6]],
  ['gamma', [2.5, 3]],
  ['gamma', [1e5, 10]],
  ['inverseGamma', [0.3, 2]],
  ['inverseGamma', [5, 1]],
  ['chiSquared', [1]],
  ['weibull', [0.5, 3]],
  ['weibull', [40, 1]],
  ['pareto', [2, 1.5]],
  ['beta', [0.05, 0.3]],
  ['beta', [2, 5]],
  ['beta', [900, 600]],
  ['betaProportion', [0.2, 3]],
  ['uniform', [-5, 10]],
]

describe('draws of continuous families', () => {
  it.each(cases)('%s(%j) have the distribution function (Kolmogorov-Smirnov)', (name, args) => {
    const distribution = families[name](...args)
    expect(kolmogorovP(distribution, drawsOf(distribution, SIZE, 20))).toBeGreaterThan(1e-4)
  })

  it.each([0, 1e-4, 0.5, 4, 300, 1e8])('of von Mises with concentration %d fall into bins as the density says', concentration => {
    const sd = concentration < 1 ? Math.PI : Math.min(Math.PI, 3 / Math.sqrt(concentration))
    const edges = Array.from({ length: 25 }, (_, k) => -sd + (2 * sd * k) / 24)
    const density = (x: Float64Array): Float64Array => at(vonMises(0, concentration).logDensity, x).map(Math.exp)
    const inner = edges.slice(1).map((right, k) => {
      const nodes = Float64Array.from({ length: 201 }, (_, i) => edges[k] + ((right - edges[k]) * i) / 200)
      return (
        density(nodes).reduce((sum, p, i) => sum + p * (i === 0 || i === 200 ? 1 : i % 2 === 1 ? 4 : 2), 0) * ((right - edges[k]) / 600)
      )
    })
    const stream = createStream(prngKey(3))
    const counts = new Array<number>(25).fill(0)
    for (let i = 0; i < SIZE; i++) {
      const x = drawVonMises(concentration, stream)
      const bin = edges.findIndex(edge => x < edge) - 1
      counts[bin < 0 ? 24 : bin]++
    }
    const outside = 1 - inner.reduce((sum, p) => sum + p, 0)
    const whole = sd === Math.PI
    expect(chiSquareScore(whole ? counts.slice(0, 24) : counts, whole ? inner : [...inner, outside])).toBeLessThan(3.72)
  })

  it('of a direction stay between -pi and pi, whatever its mean', () => {
    const draws = drawsOf(vonMises(3 + 40 * Math.PI, 2), 2000, 5)
    expect(draws.every(x => x >= -Math.PI && x <= Math.PI)).toBe(true)
    const [sine, cosine] = [Math.sin, Math.cos].map(f => draws.reduce((sum, x) => sum + f(x), 0) / 2000)
    expect(Math.abs(Math.atan2(sine, cosine) - 3)).toBeLessThan(4 / Math.sqrt(2000))
  })

  it('have the mean and variance of a gamma', () => {
    const draws = drawsOf(gamma(4, 2), SIZE, 8)
    const mean = draws.reduce((sum, x) => sum + x, 0) / SIZE
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (SIZE - 1)
    // Excess kurtosis 6 / shape.
    expect(Math.abs(mean - 2) / Math.sqrt(1 / SIZE)).toBeLessThan(4)
    expect(Math.abs(variance - 1) / Math.sqrt((2 + 6 / 4) / SIZE)).toBeLessThan(4)
  })

  it('are inside of the open support where nearly all of the probability is below the smallest double', () => {
    const draws = drawsOf(families.gamma(1e-3, 1), 500, 1)
    expect(draws.every(x => x > 0 && x < Infinity)).toBe(true)
    const stream = createStream(prngKey(9))
    const shares = Array.from({ length: 500 }, () => drawBeta(1e-3, 1e-3, stream))
    expect(shares.every(x => x > 0 && x < 1)).toBe(true)
    expect(drawsOf(families.inverseGamma(1e-3, 1), 500, 1).every(x => x > 0 && x < Infinity)).toBe(true)
  })

  it('end for arguments outside of the domain too', () => {
    const stream = createStream(prngKey(1))
    expect(drawLogGamma(NaN, stream)).toBeNaN()
    expect(drawLogGamma(-1, stream)).toBeNaN()
    expect(drawVonMises(NaN, stream)).toBeNaN()
    expect(drawNormalBetween(NaN, 1, stream)).toBeNaN()
    expect(drawNormalBetween(2, 1, stream)).toBeNaN()
  })
})

describe('a standardized family', () => {
  it.each([
    ['normal', [3, 0.5]],
    ['studentT', [3, 1, 2]],
    ['cauchy', [-2, 3]],
    ['laplace', [1, 2]],
    ['logistic', [0.5, 2]],
    ['gumbel', [5, 0.2]],
    ['skewNormal', [1, 2, 4]],
    ['logNormal', [1, 2]],
    ['uniform', [-5, 10]],
  ] as const)('%s(%j) is the image of its standard member', (name, args) => {
    const distribution = families[name](...args)
    const { standard, from, to } = distribution.standardized!
    const z = drawsOf(standard, SIZE, 4)
    const x = at(from, z)
    expect(kolmogorovP(distribution, x)).toBeGreaterThan(1e-4)
    const errors = at(to, x).map((back, i) => Math.abs(back - z[i]) / Math.max(1, Math.abs(z[i])))
    expect(errors.reduce((largest, error) => Math.max(largest, error), 0)).toBeLessThan(1e-10)
  })
})
