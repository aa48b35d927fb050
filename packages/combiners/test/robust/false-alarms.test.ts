import { describe, expect, it } from 'vitest'
import { robustProduct } from '../../src/index.js'
import { momentShard, scatteredParts, unlikeCovariances } from '../gaussian-shards.js'

const SEEDS = 400
const SHARDS = 6

describe('the chance that a clean run is touched', () => {
  /** In how many of 400 runs of six unlike shards of one truth a shard loses weight, at the false-alarm rates 0.2 and 0.01. */
  function alarms(dimension: number, kind: 'score' | 'draws only', draws: number): [number, number] {
    const covariances = unlikeCovariances(SHARDS, dimension)
    const counts: [number, number] = [0, 0]
    for (let seed = 1; seed <= SEEDS; seed++) {
      const shards = scatteredParts(covariances, seed, 5).map((part, shard) =>
        momentShard(part, { shard, of: SHARDS, draws, seed: 50_000 + SHARDS * seed + shard, kind }),
      )
      const isTouched = (rate: number): boolean => robustProduct(shards, rate).weights.some(({ reason }) => reason !== undefined)
      if (!isTouched(0.2)) continue
      counts[0]++
      if (isTouched(0.01)) counts[1]++
    }
    return counts
  }

  it.each([
    [1, 'score', 1000],
    [5, 'score', 1000],
    [20, 'score', 1000],
    [1, 'draws only', 100],
    [5, 'draws only', 200],
    [20, 'draws only', 400],
  ] as const)('is the false-alarm rate in %i dimensions (%s, %i draws)', (dimension, kind, draws) => {
    const [often, rarely] = alarms(dimension, kind, draws)
    const expected = SEEDS * (1 - (1 - 0.2 / SHARDS) ** SHARDS) // Bonferroni, of six nearly independent distances
    expect(Math.abs(often - expected)).toBeLessThan(3.8 * Math.sqrt(expected * (1 - expected / SEEDS)))
    expect(rarely).toBeLessThanOrEqual(13) // a Poisson variable of mean 4 is larger once in 12,000 times
  })
})
