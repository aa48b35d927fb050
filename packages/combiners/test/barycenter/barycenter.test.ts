import { describe, expect, it } from 'vitest'
import type { SubPosteriorDraws } from '@chorale/core/contracts'
import { barycenter, type BarycenterOptions } from '../../src/index.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { fractionatedShards, inflatedShards, productOf, scatteredParts, unlikeCovariances, type Part } from '../gaussian-shards.js'
import { contextOf, gammaVariates, mahalanobis, scalarSample, shardOf } from '../shards.js'

const combine = async (
  shards: readonly SubPosteriorDraws[],
  options: BarycenterOptions = {},
  settings: { seed?: number; size?: number } = {},
) => barycenter.combine(shards, contextOf(options, settings).context)

const methods = ['gaussian', 'pie'] as const

const quantile = (values: Float64Array, probability: number): number => values.toSorted()[Math.floor(probability * values.length)]

describe('barycenter', () => {
  it.each(methods)('averages means and standard deviations in one dimension (%s)', async method => {
    const parts = [1, 2, 6].map((sd, s) => ({ mean: [s], covariance: [3 * sd * sd] })) // inflated: sd 1, 2, 6
    const { draws, diagnostics } = await combine(inflatedShards(parts, { draws: 20_000 }), { method }, { size: 20_000 })
    const { mean, covariance } = sampleMoments(draws)
    expect(Math.abs(mean[0] - 1)).toBeLessThan((4 * 3) / Math.sqrt(20_000))
    expect(Math.abs(Math.sqrt(covariance[0]) - 3)).toBeLessThan((4 * 3) / Math.sqrt(2 * 20_000))
    expect((diagnostics?.sd as number[])[0]).toBeCloseTo(3, 8) // score moments are exact
    expect((diagnostics?.mean as number[])[0]).toBeCloseTo(1, 8)
  })

  it.each(methods)('is the posterior of alike shards with correlated parameters (%s)', async method => {
    const covariance = [4, 3, 3, 4]
    const parts = Array.from({ length: 4 }, () => ({ mean: [1, -1], covariance }))
    const { draws, diagnostics } = await combine(inflatedShards(parts, { scores: 'none' }), { method }, { size: 8000 })
    const found = sampleMoments(draws)
    ;[1, 0.75, 0.75, 1].forEach((value, at) =>
      expect(Math.abs(found.covariance[at] - value)).toBeLessThan(5 * Math.sqrt(2 / 8000 + 2 / 16_000)),
    )
    expect(mahalanobis(found.mean, [1, -1], [1, 0.75, 0.75, 1])).toBeLessThan(4 * Math.sqrt(2 / 8000 + 2 / 16_000))
    expect(diagnostics?.claim).toMatchObject({ kind: 'approximate' })
  })

  it('is wrong for unlike shards by what it says, because every shard counts the same', async () => {
    const parts: Part[] = [1, 1, 1, 25].map((variance, s) => ({ mean: [s === 3 ? 4 : 0], covariance: [variance] }))
    const exact = productOf(parts)
    const { draws, diagnostics } = await combine(inflatedShards(parts), {}, { size: 4000 })
    const error = Math.abs(sampleMoments(draws).mean[0] - exact.mean[0]) / Math.sqrt(exact.covariance[0])
    expect(error).toBeGreaterThan(1)
    expect(diagnostics?.fromProduct as number).toBeGreaterThan(1)
    expect(diagnostics?.claim).toMatchObject({ kind: 'unreliable' })
  })

  it('pie averages quantiles of any shape, and keeps the ranks of draws', async () => {
    const gamma = gammaVariates(3)
    const powers = { prior: 1, jacobian: 1, likelihood: 3 }
    const scales = [1, 2, 6]
    const shards = scales.map((scale, shard) =>
      shardOf(scalarSample(20_000, () => scale * gamma(4), value => 3 / value - 1 / scale), { shard, of: 3, powers }),
    ) // prettier-ignore
    const { draws } = await combine(shards, { method: 'pie' }, { size: 20_000 })
    // Gamma(4, 1) quantiles times the average scale of 3, from tables of the chi-square distribution with 8 degrees of freedom, halved.
    for (const [probability, exact] of [
      [0.05, 2.73264 / 2],
      [0.5, 7.344121 / 2],
      [0.95, 15.50731 / 2],
    ] as const) {
      expect(Math.abs(quantile(draws.values, probability) / (3 * exact) - 1)).toBeLessThan(0.03)
    }
  })

  it('refuses fractionated sub-posteriors', async () => {
    const shards = fractionatedShards(scatteredParts(unlikeCovariances(3, 2), 2), { draws: 50 })
    await expect(async () => combine(shards)).rejects.toMatchObject({ code: 'CHORALE_COMBINE_POWERS' })
  })
})
