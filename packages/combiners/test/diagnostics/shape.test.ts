import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'
import { consensus } from '../../src/index.js'
import { excessKurtosis } from '../../src/diagnostics/excess-kurtosis.js'
import { chiSquareQuantile, ellipsoidCounter, overlapOf } from '../../src/diagnostics/overlap.js'
import { contextOf, gaussianSample, identity, shardOf } from '../shards.js'

describe('overlap', () => {
  it('quantiles of chi-square are those of the tables', () => {
    expect(chiSquareQuantile(0.95, 1)).toBeCloseTo(3.841458820694124, 9)
    expect(chiSquareQuantile(0.95, 10)).toBeCloseTo(18.307038053275146, 8)
  })

  it.each([
    [2, 20, 0.14],
    [5, 20, 0.01],
    [10, 20, 1.2e-4],
  ])('alike Gaussian shards in %i dimensions, %i shards: %f of the draws inside', (dimension, shards, expected) => {
    const { expected: found } = overlapOf([{ inside: 1, draws: 1 }], dimension, shards)
    expect(found / expected).toBeGreaterThan(0.9)
    expect(found / expected).toBeLessThan(1.1)
  })

  it('the ellipsoid holds 95 % of the Gaussian it belongs to', () => {
    const { values } = gaussianSample({ mean: [1, 2], covariance: [2, 1, 1, 3], draws: 10_000, seed: 3 })
    const inside = ellipsoidCounter({ mean: Float64Array.of(1, 2), covariance: Float64Array.of(2, 1, 1, 3) })!
    const share = inside({ draws: 10_000, dimension: 2, values }) / 10_000
    expect(Math.abs(share - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / 10_000))
  })

  it('is reported by every combiner that is given draws', async () => {
    const shards = [0, 1, 2, 3].map(shard => shardOf(gaussianSample({ mean: [0, 0], covariance: identity(2), draws: 2000, seed: shard }), { shard, of: 4 })) // prettier-ignore
    const { diagnostics } = await consensus.combine(shards, contextOf({}, { size: 4000 }).context)
    const { least, mean, expected } = diagnostics!.overlap as { least: number; mean: number; expected: number }
    expect(Math.abs(mean - expected)).toBeLessThan(0.05)
    expect(least).toBeLessThanOrEqual(mean)
  })
})

describe('excess kurtosis', () => {
  const stream = createStream(prngKey(8))
  const draws = 20_000
  const of = (draw: () => number) => excessKurtosis({ draws, dimension: 1, values: Float64Array.from({ length: draws }, draw) }, draws)

  it.each([
    ['normal', () => stream.normal(), 0],
    ['uniform', () => stream.uniform(), -1.2],
    ['Laplace', () => (stream.uniform() < 0.5 ? 1 : -1) * Math.log(stream.uniform()), 3],
  ])('%s draws have that of the distribution', (_, draw, exact) => {
    const { value, standardError } = of(draw)
    expect(Math.abs(value[0] - exact)).toBeLessThan(4 * standardError[0])
    expect(standardError[0]).toBeGreaterThanOrEqual(Math.sqrt(24 / draws))
    expect(standardError[0]).toBeLessThan(0.5)
  })
})
