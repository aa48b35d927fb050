import { describe, expect, it } from 'vitest'
import type { SubPosteriorDraws } from '@chorale/core/contracts'
import { swiss } from '../../src/index.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { c1, c2, golden } from '../acceptance/cases.js'
import { fractionatedShards, inflatedShards, productOf, scatteredParts, unlikeCovariances } from '../gaussian-shards.js'
import { contextOf, gammaVariates, mahalanobis, scalarSample, shardOf } from '../shards.js'

const parts = scatteredParts(unlikeCovariances(5, 3), 2)
const exact = productOf(parts)

const combine = async (shards: readonly SubPosteriorDraws[], settings: { seed?: number; size?: number } = {}) =>
  swiss.combine(shards, contextOf({}, settings).context)

const skewnessOf = (values: Float64Array): number => {
  const { mean, covariance } = sampleMoments({ draws: values.length, dimension: 1, values })
  return values.reduce((sum, value) => sum + ((value - mean[0]) / Math.sqrt(covariance[0])) ** 3, 0) / values.length
}

describe('swiss', () => {
  it.each([
    ['inflated', inflatedShards],
    ['fractionated', fractionatedShards],
  ] as const)('has the moments of the product of Gaussians, from %s sub-posteriors', async (kind, make) => {
    const { draws, diagnostics } = await combine(make(parts), { size: 20_000 })
    const { mean, covariance } = sampleMoments(draws)
    expect(mahalanobis(mean, exact.mean, exact.covariance)).toBeLessThan(4 * Math.sqrt(3 / 20_000))
    covariance.forEach((value, at) => {
      const [i, j] = [Math.floor(at / 3), at % 3]
      const scale = Math.sqrt(exact.covariance[4 * i] * exact.covariance[4 * j])
      expect(Math.abs(value - exact.covariance[at]) / scale).toBeLessThan(5 * Math.sqrt(2 / 20_000))
    })
    expect(diagnostics).toMatchObject({ subPosteriors: kind, skewnessFactor: kind === 'inflated' ? 1 : Math.sqrt(5) })
    ;(diagnostics?.sd as number[]).forEach((sd, i) => expect(sd).toBeCloseTo(Math.sqrt(exact.covariance[4 * i]), 8)) // score moments are exact
    expect((diagnostics as Record<string, { p: number }>).heterogeneity.p).toBeGreaterThan(1e-3)
  })

  it('meets C1, eight unlike shards of five parameters', async () => {
    const { shards, mean, covariance } = c1({ draws: 4000 })
    const { draws } = await combine(shards, { size: 20_000 })
    expect(mahalanobis(sampleMoments(draws).mean, mean, covariance)).toBeLessThan(0.08)
  })

  it('is biased by skewness as the Gaussian product is (C2), and claims no less', async () => {
    const { draws, diagnostics } = await combine(c2().shards, { size: 20_000 })
    const { mean } = sampleMoments(draws)
    const [exactMean, exactVariance] = [golden.C2theta.mean[0], golden.C2theta.cov[0][0]]
    expect(Math.abs(mean[0] - golden.C2theta.gp[0])).toBeLessThan(0.006)
    const error = Math.abs(mean[0] - exactMean) / Math.sqrt(exactVariance)
    expect((diagnostics?.claim as { sd?: number }).sd ?? Infinity).toBeGreaterThan(error)
  })

  it('of inflated skewed shards claims no less than its error: Poisson counts, posterior Gamma(110, 101)', async () => {
    const counts = [5, 4, 6, 7, 3, 5, 6, 4, 5, 8, 5, 6, 4, 7, 5, 3, 6, 5, 9, 5]
    const gamma = gammaVariates(4)
    const powers = { prior: 1, jacobian: 1, likelihood: 20 }
    const shards = counts.map((count, shard) => {
      const shape = 2 + 20 * count
      return shardOf(scalarSample(4000, () => gamma(shape) / 101, value => (shape - 1) / value - 101), { shard, of: 20, powers }) // prettier-ignore
    })
    const { draws, diagnostics } = await combine(shards, { size: 20_000 })
    const error = Math.abs(sampleMoments(draws).mean[0] - 110 / 101) / (Math.sqrt(110) / 101)
    expect(error).toBeGreaterThan(0.5) // a shard with few events is narrow, and counts too much
    expect((diagnostics?.claim as { sd?: number }).sd ?? Infinity).toBeGreaterThan(error)
  })

  it('keeps the posterior’s skewness of inflated shards, and sqrt(K) times that of fractionated ones', async () => {
    const K = 4
    const make = (shape: number, rate: number, powers: object, seed: number): SubPosteriorDraws[] => {
      const gamma = gammaVariates(seed)
      return Array.from({ length: K }, (_, shard) =>
        shardOf(scalarSample(20_000, () => gamma(shape) / rate, value => (shape - 1) / value - rate), { shard, of: K, powers }),
      ) // prettier-ignore
    }
    // Each shard Gamma(6, 5), the posterior Gamma(21, 20), the inflated shards as the posterior.
    const inflated = await combine(make(21, 20, { prior: 1, jacobian: 1, likelihood: K }, 5), { size: 20_000 })
    const fractionated = await combine(make(6, 5, {}, 6), { size: 20_000 })
    const error = 4 * Math.sqrt(6 / 20_000) * 2 // twice that of Gaussian draws, for the tails of the gamma
    expect(Math.abs(skewnessOf(inflated.draws.values) - 2 / Math.sqrt(21))).toBeLessThan(error)
    expect(Math.abs(skewnessOf(fractionated.draws.values) - 2 / Math.sqrt(6))).toBeLessThan(error)
  })

  it('refuses powers that are neither, and stand-ins of inflated shards', async () => {
    const [first, ...others] = inflatedShards(parts, { draws: 100 })
    await expect(async () => combine([{ ...first, powers: { ...first.powers, prior: 0.2 } }, ...others])).rejects.toMatchObject({
      code: 'CHORALE_COMBINE_POWERS',
    })
    const standIns = { theta0: { mean: 0, sd: 9 } }
    await expect(combine([{ ...first, powers: { ...first.powers, standIns } }, ...others])).rejects.toThrow(
      /stand-in .* "swiss" of inflated/,
    )
  })
})
