import { describe, expect, it } from 'vitest'
import type { DrawMatrix } from '@chorale/core/contracts'
import { prngKey } from '@chorale/random'
import { dpe, semiparametric, type DpeOptions } from '../../src/dpe/dpe.js'
import { mergeAllPairs } from '../../src/dpe/merge-all-pairs.js'
import { gaussianProduct } from '../../src/gaussian/gaussian-product.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { c12, c2, c3, c6, c7, golden, type AcceptanceCase } from '../acceptance/cases.js'
import { kernelCombinerFacts } from '../acceptance/kernel-combiner-facts.js'
import { contextOf, gaussianSample, mahalanobis } from '../shards.js'

async function errorOf(made: AcceptanceCase, options: DpeOptions = {}, size = 4000) {
  const { context, logged } = contextOf(options, { size })
  const { draws, diagnostics } = await dpe.combine(made.shards, context)
  const { mean, covariance } = sampleMoments(draws)
  const sd = Math.sqrt(covariance[0] / made.covariance[0])
  return { mean: mahalanobis(mean, made.mean, made.covariance), sd, draws, logged, diagnostics }
}

describe('dpe', () => {
  kernelCombinerFacts(dpe, { draws: 250 })

  it.each([
    ['nonparametric', 'C2', c2, 0.5],
    ['nonparametric', 'C3', c3, 0.5],
    ['nonparametric', 'C7', c7, 0.5],
    ['semiparametric', 'C2', c2, 0.65],
    ['semiparametric', 'C3', c3, 0.65],
    ['semiparametric', 'C7', c7, 0.65],
  ] as const)(
    'removes the larger part of the bias of the Gaussian product with 1000 draws a merge: %s, %s',
    async (method, _, make, left) => {
      const made = make({ draws: 2000 })
      const bias = mahalanobis(gaussianProduct(made.shards).mean, made.mean, made.covariance)
      const { mean, sd } = await errorOf(made, { method })
      expect(mean).toBeLessThan(left * bias)
      expect(sd).toBeGreaterThan(0.85)
      expect(sd).toBeLessThan(1.2) // the estimate with bandwidths in raw units gives 94 on C3
    },
  )

  it('finds most of the mode that averages miss when its bandwidth is narrow: C6', async () => {
    const { values } = (await errorOf(c6({ draws: 4000 }), { bandwidth: 0.3 })).draws
    const mass = values.filter(value => value < -2).length / values.length
    expect(Math.abs(mass - golden.C6.massLeft)).toBeLessThan(0.3)
  })

  it('says so when only a few pairs of draws carry a merge: C12 with separated shards', async () => {
    const { logged, diagnostics } = await errorOf(c12(4, { draws: 1000 }))
    expect(logged.warnings.join()).toContain('hardly overlap')
    expect(diagnostics!.effectivePairs).toBeLessThan(50)
    expect((await errorOf(c12(1, { draws: 1000 }))).logged.warnings).toEqual([])
  })

  it('is the exact product of two small kernel estimates: moments by enumeration of all pairs', () => {
    const x = [0, 1, 2.5, 3]
    const y = [1, 2, 2.2, 4, 5]
    const set = (values: number[]): DrawMatrix => ({ draws: values.length, dimension: 1, values: Float64Array.from(values) })
    const [one, two] = [sampleMoments(set(x)), sampleMoments(set(y))]
    const h = 0.8 * Math.exp((Math.log(4 / 3) - Math.log(Math.sqrt(20))) / 5)
    const [v1, v2] = [one.covariance[0], two.covariance[0]]
    const shrink = Math.sqrt(1 - h * h)
    let [total, first, second] = [0, 0, 0]
    const v = 1 / (1 / v1 + 1 / v2)
    for (const a of x.map(value => one.mean[0] + shrink * (value - one.mean[0]))) {
      for (const b of y.map(value => two.mean[0] + shrink * (value - two.mean[0]))) {
        const weight = Math.exp(-((a - b) * (a - b)) / (2 * h * h * (v1 + v2)))
        const centre = v * (a / v1 + b / v2)
        total += weight
        first += weight * centre
        second += weight * (centre * centre + h * h * v)
      }
    }
    const [mean, variance] = [first / total, second / total - (first / total) * (first / total)]
    const size = 40_000
    const { draws } = mergeAllPairs(set(x), set(y), { method: 'nonparametric', bandwidth: 0.8, size, key: prngKey(4) })
    const sampled = sampleMoments(draws)
    expect(Math.abs(sampled.mean[0] - mean)).toBeLessThan(4 * Math.sqrt(variance / size))
    expect(Math.abs(sampled.covariance[0] / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / size))
  })

  it.each(['nonparametric', 'semiparametric'] as const)('neither widens nor narrows Gaussian draws: %s', method => {
    const set = (seed: number): DrawMatrix => {
      const { values } = gaussianSample({ mean: [seed], covariance: [2], draws: 1500, seed })
      return { draws: 1500, dimension: 1, values }
    }
    const merged = sampleMoments(mergeAllPairs(set(1), set(2), { method, bandwidth: 1, size: 4000, key: prngKey(5) }).draws)
    expect(Math.abs(merged.mean[0] - 1.5)).toBeLessThan(4 * Math.sqrt(1 / 1500))
    expect(Math.abs(merged.covariance[0] - 1)).toBeLessThan(4 * Math.sqrt(2 / 1500)) // without moved kernels 1 + h^2 = 1.06 at the least
  })

  it('is "nonparametric" by alias, and "semiparametric" by name', async () => {
    expect(dpe.aliases).toContain('nonparametric')
    const made = c2({ draws: 300 })
    const byName = await semiparametric.combine(made.shards, contextOf({ draws: 200 } as DpeOptions, { size: 100 }).context)
    const byOption = await dpe.combine(
      made.shards,
      contextOf({ draws: 200, method: 'semiparametric' } as DpeOptions, { size: 100 }).context,
    )
    expect(byName).toEqual(byOption)
  })
})
