import { describe, expect, it } from 'vitest'
import { gaussianProduct } from '../../src/index.js'
import { mahalanobis } from '../shards.js'
import { c1, c10, c12, c2, c2Log, c2Whole, c3, c6, c7, c8, c9, golden, minorityMode, type AcceptanceCase } from './cases.js'
import { productOfMixtures } from './product-of-mixtures.js'

const small = { draws: 400 }
const cases: Record<string, () => AcceptanceCase> = {
  c1: () => c1(small),
  c2: () => c2(small),
  c2Log: () => c2Log(small),
  c2Whole: () => c2Whole(small),
  c3: () => c3(small),
  c6: () => c6(small),
  c7: () => c7(small),
  c8: () => c8('all', small),
  'c8 one mode missing': () => c8('one mode missing', small),
  'c8 one mode': () => c8('one mode', small),
  c9: () => c9(10, small),
  c10: () => c10({ dimension: 20, ...small }),
  c12: () => c12(4, small),
  minorityMode: () => minorityMode(small),
}

describe('acceptance cases', () => {
  it.each(Object.entries(cases))('%s: scores are the gradients of the log densities that draws were made from', async (_, make) => {
    const { targets, shards, dimension } = make()
    for (const [place, target] of targets.slice(0, 3).entries()) {
      const { values } = await shards[place].draws()
      const gradient = new Float64Array(dimension)
      const other = new Float64Array(dimension)
      for (let t = 0; t < 5; t++) {
        const position = values.slice(t * dimension, (t + 1) * dimension)
        target.logDensityInto(gradient, position)
        const scale = Math.sqrt(shards[place].moments.batches[0].crossProducts[0] / shards[place].moments.batches[0].count)
        const step = 1e-5 * scale
        const at = (move: number): number => target.logDensityInto(other, position.map((x, j) => (j === 0 ? x + move : x))) // prettier-ignore
        expect(Math.abs((at(step) - at(-step)) / (2 * step) - gradient[0]) * scale).toBeLessThan(1e-4 * (1 + Math.abs(gradient[0]) * scale))
      }
    }
  })

  it.each(['c1', 'c2', 'c2Log', 'c3', 'c6', 'c7', 'c9', 'c10', 'c12'])('%s: scores have mean 0, as those of a density have', name => {
    const made = cases[name]()
    for (const { moments } of made.shards.slice(0, 4)) {
      const sums = new Float64Array(made.dimension)
      const squares = new Float64Array(made.dimension)
      for (const { scoreMean } of moments.batches) {
        scoreMean.forEach((value, j) => {
          sums[j] += value
          squares[j] += value * value
        })
      }
      sums.forEach((sum, j) => expect(Math.abs(sum) / Math.sqrt(squares[j])).toBeLessThan(4.5)) // 20 batches: t with 19 degrees of freedom
    }
  })

  it('C6 has the golden moments by direct multiplication of its mixtures', () => {
    const E1 = [0.37, -0.75, 0.12, 0.62, -0.25, -0.5, 0.87, 0, -0.12, 0.25]
    const E2 = [-0.29, 0.57, -0.71, 0.14, 0.86, -0.43, 0, 0.29, -0.14, -0.57]
    const S1 = [0.05, 0.1, 0.02, 0.15, 0.08, 0.01, 0.12, 0.03, 0.07, 0.04]
    const S2 = [0.1, 0.02, 0.05, 0.2, 0.08, 0.03, 0.01, 0.12, 0.06, 0.04]
    const { mean, covariance } = productOfMixtures(
      E1.map((e, s) => [
        { weight: 0.27, mean: [-5 + e], sd: 1 + S1[s] },
        { weight: 0.73, mean: [5 + E2[s]], sd: 4 + S2[s] },
      ]),
    )
    expect(mean[0]).toBeCloseTo(golden.C6.mean[0], 6)
    expect(covariance[0]).toBeCloseTo(golden.C6.cov[0][0], 6)
  })

  it('C8 has four modes of equal mass at +-6 with variance 1', () => {
    const { mean, covariance } = c8('all', { draws: 100 })
    expect(Math.max(...mean.map(Math.abs))).toBeLessThan(0.02)
    expect(Math.abs(covariance[0] - 37)).toBeLessThan(0.1)
    expect(Math.abs(covariance[3] - 37)).toBeLessThan(0.1)
  })

  it('C9 by quadrature agrees with importance sampling of the same density', async () => {
    const { mean, covariance, evaluator } = c9(4, small)
    const normals = c10({ dimension: 5, means: 'equal', draws: 40_000, seed: 3 }).shards[0]
    const { values } = await normals.draws()
    const { cholesky } = await import('../../src/linear-algebra/cholesky.js')
    const factor = cholesky(covariance, 5)!
    const positions = values.map((_, at) => {
      const [row, i] = [at - (at % 5), at % 5]
      let value = mean[i]
      for (let j = 0; j <= i; j++) value += (1.1 * factor[i * 5 + j] * values[row + j]) / Math.sqrt(10)
      return value
    })
    const logDensity = await evaluator.evaluate(
      { draws: 40_000, dimension: 5, values: positions },
      { signal: new AbortController().signal },
    )
    const logWeights = logDensity.map((value, t) => value + values.subarray(5 * t, 5 * t + 5).reduce((sum, z) => sum + (z * z) / 20, 0))
    const largest = Math.max(...logWeights)
    const weights = logWeights.map(value => Math.exp(value - largest))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const ess = (total * total) / weights.reduce((sum, weight) => sum + weight * weight, 0)
    const estimate = mean.map((_, j) => weights.reduce((sum, weight, t) => sum + weight * positions[5 * t + j], 0) / total)
    expect(ess).toBeGreaterThan(10_000)
    expect(mahalanobis(estimate, mean, covariance)).toBeLessThan(4 * Math.sqrt(5 / ess))
  })

  it('C12 and C1 are Gaussian: their Gaussian product is the posterior', () => {
    for (const made of [c1(small), c12(4, small)]) {
      const product = gaussianProduct(made.shards)
      expect(mahalanobis(product.mean, made.mean, made.covariance)).toBeLessThan(1e-6)
    }
  })
})
