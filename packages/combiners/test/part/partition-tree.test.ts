import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { partition } from '../../src/part/partition-tree.js'
import { gaussianSample } from '../shards.js'

describe('partition', () => {
  const draws = 2000
  const set = (seed: number): DrawMatrix => ({
    draws,
    dimension: 2,
    values: gaussianSample({ mean: [0, seed], covariance: [1, 0.5, 0.5, 1], draws, seed }).values,
  })

  it.each(['kd', 'ml'] as const)('puts every draw of every set into exactly one block, inside of its sides: %s', cut => {
    const sets = [set(1), set(2)]
    const blocks = partition(sets, { cut, leastShare: 0.02, leastDraws: 1, leastSide: 0.01, stream: createStream(prngKey(1)) })
    expect(blocks.length).toBeGreaterThan(10)
    sets.forEach(({ values }, s) => {
      const seen = blocks.flatMap(({ members }) => Array.from(members[s]))
      expect(seen.length).toBe(draws)
      expect(new Set(seen).size).toBe(draws)
      for (const { lower, upper, members } of blocks) {
        for (const row of members[s]) {
          for (let j = 0; j < 2; j++) {
            expect(values[2 * row + j]).toBeGreaterThanOrEqual(lower[j])
            expect(values[2 * row + j]).toBeLessThanOrEqual(upper[j])
          }
        }
      }
    })
    for (const { members } of blocks) expect(members[0].length + members[1].length).toBeGreaterThanOrEqual(0.02 * 2 * draws)
  })

  it('makes no side shorter than asked for, even for draws that pile up', () => {
    const piled: DrawMatrix = {
      draws: 100,
      dimension: 1,
      values: Float64Array.from({ length: 100 }, (_, i) => (i < 95 ? 1 + 1e-6 * i : i)),
    }
    for (const { lower, upper } of partition([piled, piled], {
      cut: 'kd',
      leastShare: 0.01,
      leastDraws: 1,
      leastSide: 0.5,
      stream: createStream(prngKey(1)),
    })) {
      expect(upper[0] - lower[0]).toBeGreaterThanOrEqual(0.5)
    }
  })
})
