import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import type { Distribution } from '../../src/distributions/distribution.js'
import { dirichlet } from '../../src/distributions/dirichlet.js'
import { inverseWishart } from '../../src/distributions/inverse-wishart.js'
import { lkjCholesky } from '../../src/distributions/lkj-cholesky.js'
import { multinomial, multinomialLogits } from '../../src/distributions/multinomial.js'
import { multivariateNormal } from '../../src/distributions/multivariate-normal.js'
import { multivariateStudentT } from '../../src/distributions/multivariate-student-t.js'
import { wishart } from '../../src/distributions/wishart.js'
import { value } from '../../src/expression/value.js'
import { eventSize } from '../../src/graph/shape.js'
import { at, correlated, inverse, known } from './multivariate-fixtures.js'

/** Means and second moments of the numbers of `count` draws, with the standard errors of both. */
function moments(distribution: Distribution, count: number, seed: number) {
  const stream = createStream(prngKey(seed))
  const size = eventSize(distribution.event)
  const draw = new Float64Array(size)
  const draws = Array.from({ length: count }, () => {
    distribution.drawInto(draw, known, stream)
    return Array.from(draw)
  })
  const estimate = (f: (x: readonly number[]) => number) => {
    const all = draws.map(f)
    const average = all.reduce((a, b) => a + b, 0) / count
    const variance = all.reduce((a, b) => a + (b - average) * (b - average), 0) / (count - 1)
    return { average, error: Math.sqrt(variance / count) }
  }
  return { draws, estimate }
}

const expectNear = ({ average, error }: { average: number; error: number }, expected: number): void =>
  expect(Math.abs(average - expected)).toBeLessThanOrEqual(4.5 * error + 1e-12)

describe('draws have the moments of the distribution', () => {
  const flat = correlated.flat()
  it.each([
    ['multivariateNormal by covariance', multivariateNormal([1, 2, 3], { covariance: correlated }), 1],
    ['multivariateNormal by precision', multivariateNormal([1, 2, 3], { precision: inverse }), 1],
    ['multivariateStudentT', multivariateStudentT(9, [1, 2, 3], { scale: correlated }), 9 / 7],
  ])('%s', (_name, distribution, stretch) => {
    const { estimate } = moments(distribution, 5000, 5)
    for (let i = 0; i < 3; i++) {
      expectNear(
        estimate(x => x[i]),
        i + 1,
      )
      for (let j = 0; j <= i; j++)
        expectNear(
          estimate(x => (x[i] - i - 1) * (x[j] - j - 1)),
          stretch * flat[3 * i + j],
        )
    }
  })

  it('dirichlet: means and variances; draws are inside of the simplex for tiny concentrations', () => {
    const { estimate } = moments(dirichlet([0.5, 1, 3.5]), 5000, 6)
    ;[0.1, 0.2, 0.7].forEach((mean, k) => {
      expectNear(
        estimate(x => x[k]),
        mean,
      )
      expectNear(
        estimate(x => (x[k] - mean) * (x[k] - mean)),
        (mean * (1 - mean)) / 6,
      )
    })
    const tiny = dirichlet([0.001, 0.001, 0.001])
    for (const draw of moments(tiny, 200, 7).draws) {
      expect(draw.every(x => x > 0)).toBe(true)
      expect(draw.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
      expect(at(tiny, value(draw))).not.toBeNaN()
    }
  })

  it.each([
    ['multinomial', multinomial(20, [0.1, 0.2, 0, 0.7])],
    ['multinomialLogits', multinomialLogits(20, [Math.log(1) + 800, Math.log(2) + 800, -Infinity, Math.log(7) + 800])],
  ])('%s: total, means and covariances', (_name, distribution) => {
    const { estimate, draws } = moments(distribution, 4000, 8)
    expect(draws.every(x => x.reduce((a, b) => a + b, 0) === 20 && x[2] === 0)).toBe(true)
    const p = [0.1, 0.2, 0, 0.7]
    expectNear(
      estimate(x => x[0]),
      2,
    )
    expectNear(
      estimate(x => x[3]),
      14,
    )
    expectNear(
      estimate(x => (x[0] - 2) * (x[3] - 14)),
      -20 * p[0] * p[3],
    )
    expectNear(
      estimate(x => (x[1] - 4) * (x[1] - 4)),
      20 * p[1] * 0.8,
    )
  })

  it.each([0.7, 1, 5])('lkjCholesky with concentration %d: each correlation is a scaled beta variate', eta => {
    const D = 4
    const { estimate, draws } = moments(lkjCholesky(D, eta), 4000, 9)
    for (const l of draws.slice(0, 50)) {
      for (let i = 0; i < D; i++) {
        const row = l.slice(i * D, (i + 1) * D)
        expect(row.reduce((a, b) => a + b * b, 0)).toBeCloseTo(1, 12)
        expect(row[i]).toBeGreaterThan(0)
        expect(row.slice(i + 1).every(x => x === 0)).toBe(true)
      }
    }
    // (r + 1) / 2 is beta with both shapes b = eta + (D - 2) / 2, for every pair: variance of r is 1 / (2 b + 1), fourth moment 3 / ((2 b + 1) (2 b + 3)).
    const b = eta + (D - 2) / 2
    for (const [i, j] of [
      [1, 0],
      [3, 0],
      [3, 2],
    ]) {
      const correlation = (l: readonly number[]): number => l.slice(i * D, (i + 1) * D).reduce((sum, x, k) => sum + x * l[j * D + k], 0)
      const square = (x: number): number => x * x
      expectNear(estimate(correlation), 0)
      expectNear(
        estimate(l => square(correlation(l))),
        1 / (2 * b + 1),
      )
      expectNear(
        estimate(l => square(square(correlation(l)))),
        3 / ((2 * b + 1) * (2 * b + 3)),
      )
    }
  })

  it('wishart: mean df V and variances df (V_ij^2 + V_ii V_jj)', () => {
    const { estimate } = moments(wishart(6.5, correlated), 4000, 10)
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j <= i; j++) {
        const mean = 6.5 * flat[3 * i + j]
        expectNear(
          estimate(x => x[3 * i + j]),
          mean,
        )
        expectNear(
          estimate(x => (x[3 * i + j] - mean) * (x[3 * j + i] - mean)),
          6.5 * (flat[3 * i + j] * flat[3 * i + j] + flat[4 * i] * flat[4 * j]),
        )
      }
    }
  })

  it('inverseWishart: mean V / (df - D - 1) and the mean of the inverse df inverse(V)', () => {
    const { estimate } = moments(inverseWishart(12, correlated), 4000, 11)
    for (let i = 0; i < 3; i++)
      for (let j = 0; j <= i; j++)
        expectNear(
          estimate(x => x[3 * i + j]),
          flat[3 * i + j] / 8,
        )
    const det = (x: readonly number[]): number =>
      x[0] * (x[4] * x[8] - x[5] * x[7]) - x[1] * (x[3] * x[8] - x[5] * x[6]) + x[2] * (x[3] * x[7] - x[4] * x[6])
    expectNear(
      estimate(x => (x[4] * x[8] - x[5] * x[7]) / det(x)),
      12 * inverse[0][0],
    )
  })
})
