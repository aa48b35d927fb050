import { describe, expect, it } from 'vitest'
import { combineShardSampleMoments, combineShardSamples, type ShardSampleMethod, type ShardSamples } from '../../src/index.js'
import { golden, relativeError, samplesOf } from './golden.js'

const cases = golden.combine.flatMap(({ shards, expected }, i) =>
  Object.entries(expected).map(([method, parameters]) => ({
    i,
    method: method as ShardSampleMethod,
    parameters,
    shards: samplesOf(shards),
  })),
)
const possible = cases.filter(({ parameters }) => !Object.values(parameters).some(parameter => parameter.all_excluded))
const impossible = cases.filter(example => !possible.includes(example))

describe('combineShardSamples', () => {
  it.each(possible)('has moments and exclusions of the Python reference ($i, $method)', ({ method, parameters, shards }) => {
    const moments = combineShardSampleMoments(shards, { method })
    for (const [name, expected] of Object.entries(parameters)) {
      expect(relativeError([moments[name].mean], [expected.mean])).toBeLessThan(1e-9)
      expect(relativeError([moments[name].sd], [expected.std])).toBeLessThan(1e-9)
      expect(moments[name].nonFiniteShards).toHaveLength(expected.n_nonfinite)
      expect(moments[name].degenerateShards).toHaveLength(expected.n_degenerate)
    }
  })

  it.each(impossible)('refuses when no shard is usable, instead of drawing N(0, 1) ($i, $method)', ({ method, shards }) => {
    expect(() => combineShardSamples(shards, { method })).toThrow(expect.objectContaining({ code: 'CHORALE_COMBINE_NO_USABLE_SHARD' }))
  })

  it('draws from these moments, in the shape of the first shard, the same for the same seed', () => {
    const shards: ShardSamples[] = [0, 1].map(shift => ({ a: [0, 1].map(() => Array.from({ length: 4000 }, (_, t) => shift + (t % 5))) }))
    const { mean, sd } = combineShardSampleMoments(shards).a
    const draws = combineShardSamples(shards, { seed: 3 }).a
    expect(draws.map(chain => chain.length)).toEqual([4000, 4000])
    const all = draws.flatMap(chain => Array.from(chain))
    const average = all.reduce((sum, draw) => sum + draw, 0) / all.length
    const variance = all.reduce((sum, draw) => sum + (draw - average) ** 2, 0) / all.length
    expect(Math.abs(average - mean)).toBeLessThan((4 * sd) / Math.sqrt(8000))
    expect(Math.abs(variance / (sd * sd) - 1)).toBeLessThan(4 * Math.sqrt(2 / 8000))
    expect(combineShardSamples(shards, { seed: 3 })).toEqual({ a: draws })
    expect(combineShardSamples(shards, { seed: 4 })).not.toEqual({ a: draws })
    expect(combineShardSamples(shards, { seed: 3, chunkSize: 1 })).toEqual({ a: draws })
  })

  it('returns one shard unchanged, unless its draws are not finite', () => {
    const shard = { a: [[1, 2, 3]] }
    expect(combineShardSamples([shard])).toBe(shard)
    expect(() => combineShardSamples([{ a: [[1, NaN]] }])).toThrow(/"a"/)
  })

  it('refuses an unknown method and other parameter names', () => {
    const shard = { a: [[1, 2, 3]] }
    expect(() => combineShardSamples([shard, shard], { method: 'consensus' as ShardSampleMethod })).toThrow(
      expect.objectContaining({
        code: 'CHORALE_COMBINE_UNKNOWN_METHOD',
        details: expect.objectContaining({
          available: ['consensus_mc', 'robust_consensus_mc', 'weighted_gaussian', 'auto', 'simple_average'],
        }),
      }),
    )
    expect(() => combineShardSamples([shard, { b: [[1, 2, 3]] }])).toThrow(/Shard 1 has the parameters b/)
  })
})
