import { describe, expect, it } from 'vitest'
import { gaussianProduct } from '../../src/index.js'
import { cochranQ } from '../../src/diagnostics/heterogeneity.js'
import { shardGaussian } from '../../src/diagnostics/shard-gaussians.js'
import { createStream, prngKey } from '@chorale/random'
import { c1, golden } from '../acceptance/cases.js'
import { identity } from '../shards.js'

/** z of Q for K shards of d standard normal sub-posteriors whose means are known from `ess` draws. */
function zOfAgreeingShards(shards: number, dimension: number, ess: number, seed: number): { z: number; p: number } {
  const stream = createStream(prngKey(seed))
  const precision = identity(dimension)
  const gaussians = Array.from({ length: shards }, (_, shard) => ({
    shard,
    mean: Float64Array.from({ length: dimension }, () => Math.sqrt(1 + 1 / ess) * stream.normal()),
    precision,
    ess,
  }))
  const { q, df, p } = cochranQ(shards, place => gaussians[place])!
  return { z: (q - df) / Math.sqrt(2 * df), p }
}

describe("Cochran's Q of the shards", () => {
  it('is that of the golden case to 5 %, and has d (K - 1) degrees of freedom', () => {
    const { shards } = c1()
    const product = gaussianProduct(shards)
    const found = cochranQ(shards.length, place => shardGaussian(shards, product, place))!
    expect(Math.abs(found.q / golden.C1.Q - 1)).toBeLessThan(0.05)
    expect([found.df, found.i2]).toEqual([35, 0])
    expect(found.p).toBeGreaterThan(0.999)
  })

  it('is calibrated for shards that agree: 400 seeds', () => {
    const found = Array.from({ length: 400 }, (_, seed) => zOfAgreeingShards(20, 5, 100, seed))
    const alarms = found.filter(({ p }) => p < 0.05).length
    // binomial(400, .05): mean 20, sd 4.4
    expect(alarms).toBeGreaterThan(20 - 4 * 4.4)
    expect(alarms).toBeLessThan(20 + 4 * 4.4)
    expect(Math.abs(found.reduce((sum, { z }) => sum + z / 400, 0))).toBeLessThan(4 / 20)
  })

  it.each([20, 1000, 10_000])('does not drift with the number of shards (%i)', shards => {
    const seeds = [1, 2, 3, 4]
    const mean = seeds.reduce((sum, seed) => sum + zOfAgreeingShards(shards, 8, 50, seed).z / seeds.length, 0)
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(seeds.length))
  })

  it('is 0 with certainty for one shard, and sees shards that contradict each other', () => {
    const one = { shard: 0, mean: Float64Array.of(3), precision: Float64Array.of(1), ess: 100 }
    expect(cochranQ(1, () => one)).toEqual({ q: 0, df: 0, p: 1, i2: 0 })
    const apart = cochranQ(2, place => ({ ...one, mean: Float64Array.of(place === 0 ? -5 : 5) }))!
    expect(apart.q).toBeCloseTo(50 / 1.01, 10)
    expect(apart.p).toBeLessThan(1e-10)
    expect(apart.i2).toBeGreaterThan(0.95)
  })
})
