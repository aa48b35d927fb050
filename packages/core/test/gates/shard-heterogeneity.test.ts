import { describe, expect, test } from 'vitest'
import type { Heterogeneity } from '@chorale/diagnostics'

import { contradictory } from '../../src/gates/contradiction.js'
import { shardHeterogeneity } from '../../src/gates/shard-heterogeneity.js'
import type { CompletedShard } from '../../src/execution/completed-shard.js'
import { loadChain } from '../../src/run-directory/index.js'
import { chainInMemory } from '../memory-rows.js'
import { gaussianDraws, standardChain } from '../pipeline/normals.js'

/** A shard whose posterior is N(mean, sd^2 I), sampled by two chains of independent draws. */
function shard(id: number, mean: readonly number[], sd = 1, draws = 500): CompletedShard {
  const lower = mean.map((_, i) => mean.map((_, j) => (i === j ? sd : 0)))
  const chains = [1, 2].map(c => chainInMemory(standardChain(gaussianDraws(draws, mean, lower, 100 * id + c))))
  const base = { shard: id, rows: 1, restarts: 0, restarted: [], attempts: 1, seconds: 1, reports: [] }
  return { ...base, status: 'completed', chains, statistics: [], health: {} as CompletedShard['health'], gates: [] }
}

/** Posterior means of K shards of one truth scatter as the posterior itself: the quantiles of N(0, 1). */
const SCATTER = [-1.15, -0.67, -0.32, 0, 0.32, 0.67, 1.15]

describe('shards', () => {
  test('of one truth do not contradict each other', async () => {
    const found = await shardHeterogeneity(SCATTER.map((z, i) => shard(i, [z, -z])))
    expect([found.df, contradictory(found)]).toEqual([12, false])
  })
  test('that are 200 posterior sds apart do, whatever the size of the parameter', async () => {
    for (const offset of [0, 1e4]) {
      const found = await shardHeterogeneity(SCATTER.map((z, i) => shard(i, [offset + 1e-3 * (z + (i === 3 ? 200 : 0)), 0], 1e-3)))
      expect(contradictory(found)).toBe(true)
      expect(found.contributions.indexOf(Math.max(...found.contributions))).toBe(3)
    }
  })
  test('of a parameter near zero do not, though its coefficient of variation is huge', async () => {
    expect(contradictory(await shardHeterogeneity(SCATTER.map((z, i) => shard(i, [1e-9 + 0.01 * z, 0.01 * z], 0.01))))).toBe(false)
  })
  test('that differ significantly but by little, as with rows by the million, do not', async () => {
    // Q on 12 degrees of freedom is significant, but chance explains more than half of it.
    const found = await shardHeterogeneity(SCATTER.map((z, i) => shard(i, [1.75 * z, 1.75 * z])))
    expect(found.i2).toBeLessThan(0.5)
    expect(contradictory(found)).toBe(false)
  })
})

test('the covariance counts with the effective number of squares, not of means', async () => {
  // Signs are fresh and sizes stay for 200 draws: the mean is known well, the covariance from four draws or so.
  const antithetic = async (id: number): Promise<CompletedShard> => {
    const from = shard(id, [0, 0], 1, 400)
    const chains = (await Promise.all(from.chains.map(loadChain))).map(({ positions, ...chain }) => ({
      ...chain,
      positions: positions.map((x, at) => Math.sign(x) * Math.abs(positions[400 * Math.floor(at / 400) + (at % 2)]!)),
    }))
    return { ...from, chains: chains.map(chainInMemory) }
  }
  expect((await shardHeterogeneity([await antithetic(1), await antithetic(2)])).unusable).toEqual([0, 1])
})

test('what cannot be told counts as a contradiction', async () => {
  expect(contradictory({ pValue: NaN, i2: NaN } as Heterogeneity)).toBe(true)
  const few = await shardHeterogeneity([shard(0, [0, 0], 1, 4), shard(1, [0, 0], 1, 500)])
  expect([few.unusable, contradictory(few)]).toEqual([[0], true])
})
