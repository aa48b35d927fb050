import { describe, expect, it } from 'vitest'
import type { CombinedDraws, SubPosteriorDraws } from '@chorale/core/contracts'
import { edgeworth, type EdgeworthOptions } from '../../src/edgeworth/edgeworth.js'
import { skewCorrection } from '../../src/edgeworth/skew-correction.js'
import { gaussianProduct } from '../../src/gaussian/gaussian-product.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { weakShards } from '../../src/gaussian/weak-shards.js'
import { c1, c10, c12, c2, c2Log, c2Whole, c3, c7, c9, type AcceptanceCase } from '../acceptance/cases.js'
import { affineError, mapShards, snapshot, withUnequalCounts } from '../acceptance/properties.js'
import { contextOf, gammaVariates, gaussianSample, mahalanobis, scalarSample, shardOf } from '../shards.js'

const combine = async (
  shards: readonly SubPosteriorDraws[],
  options: EdgeworthOptions = {},
  settings: { seed?: number; size?: number } = {},
): Promise<CombinedDraws> => edgeworth.combine(shards, contextOf(options, settings).context)

const correct = (made: AcceptanceCase) => skewCorrection(made.shards, gaussianProduct(made.shards), new AbortController().signal)

/** Error of the mean in posterior sd and ratio of the first sd, of draws. */
async function errorOf(made: AcceptanceCase, options: EdgeworthOptions = {}) {
  const { mean, covariance } = sampleMoments((await combine(made.shards, options, { size: 5000 })).draws)
  return { mean: mahalanobis(mean, made.mean, made.covariance), sd: Math.sqrt(covariance[0] / made.covariance[0]) }
}

const claimOf = (combined: CombinedDraws) => combined.diagnostics!.claim as { kind: string; sd?: number; why: string }

describe('edgeworth', () => {
  it('leaves Gaussian shards as they are: C1 within 0.08 posterior sd', async () => {
    const made = c1({ draws: 5000 })
    const correction = await correct(made)
    expect(correction.predictedBias!.value).toBeLessThan(0.05)
    expect((await errorOf(made)).mean).toBeLessThan(0.08)
    const without = c1({ draws: 5000, scores: 'none' })
    expect((await errorOf(without)).mean).toBeLessThan(0.08 + Math.sqrt((5 * 7) / 5000)) // estimated precisions add d(d + 2)/T
  })

  it.each([
    ['C2, the rate', c2, 0.1, [0.9, 1.3]],
    ['C2, the log rate', c2Log, 0.15, [0.4, 0.6]],
    ['C3, a rare event', c3, 0.15, [0.55, 0.85]],
  ] as const)('removes the bias of the product: %s', async (_, make, bound, [low, high]) => {
    const made = make()
    const product = gaussianProduct(made.shards)
    expect(mahalanobis(product.mean, made.mean, made.covariance)).toBeGreaterThan(3 * bound)
    const { mean, sd } = await errorOf(made)
    expect(mean).toBeLessThan(bound)
    expect(sd).toBeGreaterThan(0.9)
    expect(sd).toBeLessThan(1.25)
    const { value, upper95 } = (await correct(made)).predictedBias!
    expect(value).toBeGreaterThan(low)
    expect(value).toBeLessThan(high)
    expect(upper95).toBeGreaterThan(value)
  })

  it('reduces the bias of tiny logistic shards with a rare predictor, and does not trust itself where it is large', async () => {
    const ten = c9(10, { draws: 3000 })
    const product = gaussianProduct(ten.shards)
    const before = mahalanobis(product.mean, ten.mean, ten.covariance)
    expect(before).toBeGreaterThan(0.5)
    expect((await errorOf(ten)).mean).toBeLessThan(0.6 * before)
    const fifty = await combine(c9(50, { draws: 500 }).shards)
    expect((fifty.diagnostics!.predictedBias as { value: number }).value).toBeGreaterThan(1.5)
    expect(claimOf(fifty).kind).toBe('unreliable')
  })

  it('says unreliable of a banana, where the cubic leaves half a posterior sd', async () => {
    const made = c7()
    expect((await errorOf(made)).mean).toBeGreaterThan(0.3)
    expect(claimOf(await combine(made.shards)).kind).toBe('unreliable')
  })

  it('says unreliable where shards without a row of a rare group hide the shape of the posterior', async () => {
    const made = c9(50, { draws: 300, dealt: 'at random' })
    expect(weakShards(made.shards, gaussianProduct(made.shards)).length).toBeGreaterThan(0)
    expect(claimOf(await combine(made.shards)).kind).toBe('unreliable')
    const alike = c9(10, { draws: 1000 })
    expect(weakShards(alike.shards, gaussianProduct(alike.shards))).toEqual([])
  })

  it('keeps its claims on 30 seeds of Poisson counts, rare events and Gaussian shards', async () => {
    let claims = 0
    for (let seed = 1; seed <= 30; seed++) {
      const made = [c2Log({ draws: 1000, seed }), c3({ draws: 1000, seed }), c12(1, { draws: 1000, seed })][seed % 3]
      const combined = await combine(made.shards)
      const claim = claimOf(combined)
      if (claim.kind !== 'approximate') continue
      claims++
      const correction = await correct(made)
      expect(mahalanobis(correction.corrected.mean, made.mean, made.covariance)).toBeLessThan(claim.sd!)
    }
    expect(claims).toBeGreaterThan(10)
  })

  it('does not use the expansion outside of the shards: C12 with separated shards is the Gaussian product', async () => {
    const made = c12(8)
    const correction = await correct(made)
    expect(correction.doubt).toContain('outside')
    expect(correction.corrected.mean).toEqual(gaussianProduct(made.shards).mean)
    const { context, logged } = contextOf({})
    await edgeworth.combine(made.shards, context)
    expect(logged.warnings.join()).toContain('not corrected')
  })

  it('is the Gaussian product, with a bias that cannot be told, above 30 dimensions', async () => {
    const made = c10({ dimension: 40, draws: 300 })
    const combined = await combine(made.shards, {}, { size: 300 })
    expect(combined.diagnostics!.predictedBias).toBeNull()
    expect(claimOf(combined).kind).toBe('unreliable')
    const product = gaussianProduct(made.shards)
    sampleMoments(combined.draws).mean.forEach((value, i) => expect(value).toBeCloseTo(product.mean[i], 8))
  })

  it('predicts the bias of alike skewed shards as the closed form does: skewness (K - 1)/(2 sqrt K)', async () => {
    // gamma shards of shape 25: skewness 2/5, four of them: bias 0.4 * 3/4 = 0.3 to first order
    const gamma = gammaVariates(5)
    const shards = [0, 1, 2, 3].map(shard => shardOf(scalarSample(20_000, () => gamma(25), value => 24 / value - 1), { shard, of: 4 })) // prettier-ignore
    const { predictedBias, noise } = await skewCorrection(shards, gaussianProduct(shards), new AbortController().signal)
    expect(Math.abs(predictedBias!.value - 0.3)).toBeLessThan(3 * noise + 0.03) // second order: 10 %
  })

  it('draws have exactly the corrected moments, with either shape', async () => {
    const made = c2({ draws: 2000 })
    const { corrected } = await correct(made)
    const own = sampleMoments((await combine(made.shards, {}, { size: 2000 })).draws)
    expect(own.mean[0]).toBeCloseTo(corrected.mean[0], 10)
    expect(own.covariance[0]).toBeCloseTo(corrected.covariance[0], 10)
    const gaussian = sampleMoments((await combine(made.shards, { shape: 'gaussian' }, { size: 20_000 })).draws)
    expect(Math.abs(gaussian.mean[0] - corrected.mean[0])).toBeLessThan(4 * Math.sqrt(corrected.covariance[0] / 20_000))
  })

  it('follows affine maps of the draws, draw by draw', async () => {
    const made = c1({ draws: 1000 })
    const { B, c, shards } = await mapShards(made)
    const [plain, other] = await Promise.all([combine(made.shards, {}, { size: 500 }), combine(shards, {}, { size: 500 })])
    expect(affineError(plain.draws, other.draws, B, c)).toBeLessThan(1e-9)
  })

  it('does not depend on the order of the shards, nor change them; the same key gives the same bytes', async () => {
    const made = withUnequalCounts(c2({ draws: 500 }))
    const before = await snapshot(made.shards)
    const one = await combine(made.shards, {}, { size: 300 })
    const two = await combine([...made.shards].reverse(), {}, { size: 300 })
    expect(two).toEqual(one)
    expect(await snapshot(made.shards)).toEqual(before)
    expect((await combine(made.shards, {}, { seed: 2, size: 300 })).draws).not.toEqual(one.draws)
  })

  it('returns a single shard as it is, claiming no bias', async () => {
    const sample = gaussianSample({ mean: [3, 1], covariance: [1, 0.2, 0.2, 2], draws: 400, seed: 3 })
    const combined = await combine([shardOf(sample, { shard: 0, of: 1 })], {}, { size: 400 })
    expect(combined.draws.values).toEqual(sample.values)
    expect(combined.diagnostics!.predictedBias).toEqual({ value: 0, upper95: 0 })
  })

  it('refuses shards that count the Jacobian twenty times (C2w)', async () => {
    await expect(async () => combine(c2Whole({ draws: 200 }).shards)).rejects.toMatchObject({ code: 'CHORALE_COMBINE_POWERS' })
  })
})
