import { describe, expect, it } from 'vitest'
import type { CombinedDraws, SubPosteriorDraws } from '@chorale/core/contracts'
import { barycenter, swiss } from '../../src/index.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { fractionatedShards, inflatedShards, scatteredParts, unlikeCovariances } from '../gaussian-shards.js'
import { contextOf, gaussianSample, shardOf } from '../shards.js'

type Combine = (shards: readonly SubPosteriorDraws[], settings?: { seed?: number; size?: number }) => Promise<CombinedDraws>

const bySwiss: Combine = async (shards, settings) => swiss.combine(shards, contextOf({}, settings).context)
const byBarycenter =
  (method: 'gaussian' | 'pie'): Combine =>
  async (shards, settings) =>
    barycenter.combine(shards, contextOf({ method }, settings).context)

const all = [
  ['swiss', bySwiss],
  ['barycenter', byBarycenter('gaussian')],
  ['barycenter, pie', byBarycenter('pie')],
] as const

const parts = scatteredParts(unlikeCovariances(4, 3), 2)

describe('combiners that pool the moved draws of inflated sub-posteriors', () => {
  it.each([
    ['swiss', bySwiss, inflatedShards],
    ['swiss, fractionated', bySwiss, fractionatedShards],
    ['barycenter', byBarycenter('gaussian'), inflatedShards],
  ] as const)('follow affine maps of the draws with the same key, draw by draw (%s)', async (_, combine, make) => {
    const B = [2e3, 1e3, 0, -1e-4, 3e-4, 1e-4, 5, 0, 2]
    const shards = make(parts, { draws: 300, scores: 'none' })
    const map = (values: Float64Array): Float64Array =>
      values.map((_value, at) => {
        const [row, i] = [Math.floor(at / 3) * 3, at % 3]
        return B[3 * i] * values[row] + B[3 * i + 1] * values[row + 1] + B[3 * i + 2] * values[row + 2] + 7 * i
      })
    const turned = await Promise.all(
      shards.map(async ({ draws, powers }, shard) =>
        shardOf({ dimension: 3, values: map((await draws()).values) }, { shard, of: parts.length, powers }),
      ),
    )
    const expected = map((await combine(shards, { size: 300 })).draws.values)
    const found = (await combine(turned, { size: 300 })).draws.values
    const { covariance } = sampleMoments({ draws: 300, dimension: 3, values: expected })
    expected.forEach((value, at) => expect(Math.abs(found[at] - value) / Math.sqrt(covariance[4 * (at % 3)])).toBeLessThan(1e-6))
  })

  it.each(all)('give the size that is wanted from shards of unequal length (%s)', async (_, combine) => {
    const powers = { prior: 1, jacobian: 1, likelihood: 3 }
    const unequal = [50, 100, 900].map((draws, shard) =>
      shardOf(gaussianSample({ mean: [0], covariance: [1], draws, seed: shard }), { shard, of: 3, powers }),
    )
    for (const size of [2, 100, 3000]) {
      const { draws } = await combine(unequal, { size })
      expect([draws.draws, draws.values.length]).toEqual([size, size])
      expect(draws.values.every(Number.isFinite)).toBe(true)
    }
  })

  it.each(all)('return a single shard’s draws as they are (%s)', async (_, combine) => {
    const sample = gaussianSample({ mean: [1, 2], covariance: [1, 0, 0, 1], draws: 200, seed: 1 })
    expect((await combine([shardOf(sample, { shard: 0, of: 1 })], { size: 200 })).draws.values).toEqual(sample.values)
  })

  it.each(all)('give the same bytes for the same key, whatever the order of the shards, and leave draws alone (%s)', async (_, combine) => {
    const shards = inflatedShards(parts, { draws: 200 })
    const before = JSON.stringify(await Promise.all(shards.map(async shard => [shard, await shard.draws()])))
    const first = await combine(shards, { seed: 3 })
    expect(await combine(shards.toReversed(), { seed: 3 })).toEqual(first)
    expect((await combine(shards, { seed: 4 })).draws.values).not.toEqual(first.draws.values)
    expect(JSON.stringify(await Promise.all(shards.map(async shard => [shard, await shard.draws()])))).toBe(before)
  })

  it.each(all)('refuse draws that do not span the space, naming the shard (%s)', async (_, combine) => {
    const shards = inflatedShards(scatteredParts(unlikeCovariances(3, 2), 2), { draws: 50 })
    const line = { draws: 50, dimension: 2, values: Float64Array.from({ length: 100 }, (_value, at) => Math.floor(at / 2)) }
    const spoilt = shards.map((shard, place) => (place === 1 ? { ...shard, draws: () => Promise.resolve(line) } : shard))
    await expect(combine(spoilt)).rejects.toThrow(/shard 1 \(50 draws of 2 coordinates\) is not positive definite/)
  })
})
