import { describe, expect, it } from 'vitest'
import type { SubPosteriorDraws } from '@chorale/core/contracts'
import { mposterior, type MPosteriorOptions } from '../../src/index.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { fractionatedShards, inflatedShards, scatteredParts, unlikeCovariances } from '../gaussian-shards.js'
import { contextOf, gaussianSample, identity, mahalanobis, shardOf } from '../shards.js'

const combine = async (
  shards: readonly SubPosteriorDraws[],
  options: MPosteriorOptions = {},
  settings: { seed?: number; size?: number } = {},
) => mposterior.combine(shards, contextOf(options, settings).context)

const weightsOf = (result: Awaited<ReturnType<typeof combine>>): number[] => result.diagnostics?.weights as number[]

const alike = Array.from({ length: 6 }, () => ({ mean: [1, -1], covariance: [6, 3, 3, 6] }))

describe('mposterior', () => {
  it('is the posterior of shards that say the same', async () => {
    const { draws, diagnostics } = await combine(inflatedShards(alike), {}, { size: 8000 })
    const { mean, covariance } = sampleMoments(draws)
    const error = Math.sqrt(1 / 8000 + 1 / 24_000)
    expect(mahalanobis(mean, [1, -1], [1, 0.5, 0.5, 1])).toBeLessThan(4 * Math.sqrt(2) * error)
    ;[1, 0.5, 0.5, 1].forEach((value, at) => expect(Math.abs(covariance[at] - value)).toBeLessThan(5 * Math.SQRT2 * error))
    ;(diagnostics?.weights as number[]).forEach(weight => expect(Math.abs(weight - 1 / 6)).toBeLessThan(0.12))
    expect((diagnostics?.sd as number[])[0]).toBeCloseTo(Math.sqrt(covariance[0]), 1)
  })

  it('gives shards far away little weight: a shard in concert with another cannot move it far, however far it is', async () => {
    const spoilt = (by: number) =>
      alike.map(({ mean, covariance }, place) => ({ mean: mean.map(value => value + (place < 2 ? by : 0)), covariance }))
    for (const by of [20, 1e6]) {
      const result = await combine(inflatedShards(spoilt(by)), {}, { size: 6000 })
      const weights = weightsOf(result)
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
      expect(weights[0] + weights[1]).toBeLessThan(0.15) // a third of the shards
      const inside = Array.from({ length: 6000 }, (_, t) => Math.abs(result.draws.values[2 * t] - 1) < 5).filter(Boolean).length
      expect(inside / 6000).toBeCloseTo(1 - weights[0] - weights[1], 3)
      expect(result.diagnostics?.claim).toMatchObject({ kind: 'unreliable' })
    }
  })

  it('weighs shards without regard to units', async () => {
    const parts = scatteredParts(unlikeCovariances(5, 2), 7)
    const shards = inflatedShards(parts, { draws: 400, scores: 'none' })
    const map = (values: Float64Array): Float64Array =>
      values.map((value, at) => (at % 2 === 0 ? 1e4 * value + 3e3 * values[at + 1] + 5 : 1e-3 * value))
    const turned = await Promise.all(
      shards.map(async ({ draws, powers }, shard) =>
        shardOf({ dimension: 2, values: map((await draws()).values) }, { shard, of: 5, powers }),
      ),
    )
    const [plain, other] = [await combine(shards), await combine(turned)]
    weightsOf(other).forEach((weight, place) => expect(weight).toBeCloseTo(weightsOf(plain)[place], 9))
    map(plain.draws.values).forEach((value, at) => expect(other.draws.values[at]).toBeCloseTo(value, 9))
  })

  it('is not thrown off its units by a stuck shard', async () => {
    const shards = inflatedShards(alike.map((part, place) => (place === 2 ? { mean: [30, 30], covariance: identity(2, 1e-10) } : part)))
    expect(weightsOf(await combine(shards))[2]).toBeLessThan(0.08)
  })

  it('is a mixture: too wide where shards are scattered as independent rows scatter them', async () => {
    const parts = scatteredParts(
      Array.from({ length: 10 }, () => [10]),
      5,
    )
    const result = await combine(inflatedShards(parts), {}, { size: 8000 })
    const weights = weightsOf(result)
    const centre = parts.reduce((sum, { mean }, s) => sum + weights[s] * mean[0], 0)
    const variance = parts.reduce((sum, { mean }, s) => sum + weights[s] * (1 + (mean[0] - centre) ** 2), 0)
    expect(variance).toBeGreaterThan(1.5) // the posterior has variance 1
    expect(Math.abs(sampleMoments(result.draws).covariance[0] / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / 8000))
    expect(result.diagnostics?.fromProduct).toBeCloseTo(Math.sqrt(variance) - 1, 2)
    expect((result.diagnostics?.claim as { sd?: number }).sd ?? Infinity).toBeGreaterThan(Math.sqrt(variance) - 1)
  })

  it('weighs two shards the same, and returns one as it is', async () => {
    weightsOf(await combine(inflatedShards(alike.slice(0, 2)))).forEach(weight => expect(weight).toBeCloseTo(0.5, 12))
    const sample = gaussianSample({ mean: [1], covariance: [1], draws: 200, seed: 1 })
    expect((await combine([shardOf(sample, { shard: 0, of: 1 })], {}, { size: 200 })).draws.values).toEqual(sample.values)
  })

  it('gives the same bytes for the same key, whatever the order of the shards, from unequal numbers of draws, and leaves them alone', async () => {
    const powers = { prior: 1, jacobian: 1, likelihood: 3 }
    const shards = [40, 500, 90].map((draws, shard) =>
      shardOf(gaussianSample({ mean: [shard, 0], covariance: [1, 0, 0, 1], draws, seed: shard }), { shard, of: 3, powers }),
    )
    const before = JSON.stringify(await Promise.all(shards.map(async shard => [shard, await shard.draws()])))
    const first = await combine(shards, { points: 100 })
    expect(first.diagnostics?.points).toBe(40)
    expect(await combine(shards.toReversed(), { points: 100 })).toEqual(first)
    expect((await combine(shards, {}, { seed: 2 })).draws.values).not.toEqual(first.draws.values)
    expect(JSON.stringify(await Promise.all(shards.map(async shard => [shard, await shard.draws()])))).toBe(before)
  })

  it('refuses fractionated sub-posteriors', async () => {
    await expect(async () => combine(fractionatedShards(alike, { draws: 50 }))).rejects.toMatchObject({ code: 'CHORALE_COMBINE_POWERS' })
  })
})
