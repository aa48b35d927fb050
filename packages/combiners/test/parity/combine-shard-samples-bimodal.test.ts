import { describe, expect, it } from 'vitest'
import { combineShardSampleMoments, combineShardSamplesBimodal, partitionByMode, type ShardSamples } from '../../src/index.js'
import { golden, relativeError, samplesOf, type GoldenGaussian } from './golden.js'

describe('combineShardSamplesBimodal', () => {
  it.each(golden.bimodal.map((example, i) => [i, example] as const))('splits shards as the Python reference does (%i)', (_, example) => {
    const shards = samplesOf(example.shards)
    const partition = partitionByMode(shards)
    expect(partition).toEqual(example.partition)
    for (const [mode, expected] of Object.entries(example.expected)) {
      const members = (partition[mode as keyof typeof partition] ?? []).map(place => shards[place])
      if ('unchanged' in expected) {
        expect(combineShardSamplesBimodal(shards)[mode as keyof typeof partition]).toBe(members[0])
        continue
      }
      const moments = combineShardSampleMoments(members)
      for (const [name, { mean, std }] of Object.entries(expected as Record<string, GoldenGaussian>)) {
        expect(relativeError([moments[name].mean, moments[name].sd], [mean, std])).toBeLessThan(1e-9)
      }
    }
  })

  const shards: ShardSamples[] = [-4, -4.1, 4, 4.1].map(centre => ({ mu: [[centre - 1, centre, centre + 1]], other: [[1, 2, 4]] }))

  it('draws each mode with its own seed', () => {
    const combined = combineShardSamplesBimodal(shards, { clusterParam: 'mu', seed: 5 })
    expect(Object.keys(combined)).toEqual(['mode_low', 'mode_high'])
    expect(combined.mode_low.other).not.toEqual(combined.mode_high?.other)
    expect(combineShardSamplesBimodal(shards, { clusterParam: 'mu', seed: 5 })).toEqual(combined)
  })

  it('refuses a parameter that is not there', () => {
    expect(() => combineShardSamplesBimodal(shards, { clusterParam: 'nu' })).toThrow(
      expect.objectContaining({ code: 'CHORALE_COMBINE_MISMATCH', details: expect.objectContaining({ available: ['mu', 'other'] }) }),
    )
  })
})
