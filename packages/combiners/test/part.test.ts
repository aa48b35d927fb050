import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { part, type PartOptions } from '../src/part/part.js'
import { partition } from '../src/part/partition-tree.js'
import { sampleMoments } from '../src/draws/sample-moments.js'
import { c1, c2, c3, c6, c7, golden, type AcceptanceCase } from './acceptance/cases.js'
import { kernelCombinerFacts } from './acceptance/kernel-combiner-facts.js'
import { contextOf, gaussianSample, mahalanobis } from './shards.js'

async function errorOf(made: AcceptanceCase, options: PartOptions = {}, size = 3000) {
  const { draws } = await part.combine(made.shards, contextOf(options, { size }).context)
  const { mean, covariance } = sampleMoments(draws)
  return { mean: mahalanobis(mean, made.mean, made.covariance), sd: Math.sqrt(covariance[0] / made.covariance[0]), draws }
}

describe('part', () => {
  kernelCombinerFacts(part, { draws: 1000, trees: 4 })

  it.each([
    ['C2', c2, 0.4],
    ['C3', c3, 0.5],
    ['C7', c7, 0.4],
  ] as const)('is nearer to the posterior than averages, which are 0.7 posterior sd or more off: %s', async (_, make, bound) => {
    const { mean, sd } = await errorOf(make({ draws: 3000 }), { draws: 2000 })
    expect(mean).toBeLessThan(bound)
    expect(sd).toBeGreaterThan(0.75)
    expect(sd).toBeLessThan(1.25)
  })

  it.each([{}, { stages: 'one' }, { shape: 'uniform' }, { cut: 'ml', trees: 4, draws: 1500 }] as const)(
    'finds the mode that averages miss: C6 with %j',
    async options => {
      const { values } = (await errorOf(c6({ draws: 3000 }), options)).draws
      const mass = values.filter(value => value < -2).length / values.length
      expect(Math.abs(mass - golden.C6.massLeft)).toBeLessThan(0.15)
    },
  )

  it('is coarse in five dimensions, where it is worse than the Gaussian product', async () => {
    const { mean, sd } = await errorOf(c1({ draws: 2000 }), { draws: 1500 })
    expect(mean).toBeLessThan(1)
    expect(sd).toBeGreaterThan(1)
  })
})

describe('partition', () => {
  const draws = 2000
  const set = (seed: number): DrawMatrix => ({
    draws,
    dimension: 2,
    values: gaussianSample({ mean: [0, seed], covariance: [1, 0.5, 0.5, 1], draws, seed }).values,
  })

  it.each(['kd', 'ml'] as const)('puts every draw of every set into exactly one block, inside of its sides: %s', cut => {
    const sets = [set(1), set(2)]
    const blocks = partition(sets, { cut, leastShare: 0.02, leastSide: 0.01, stream: createStream(prngKey(1)) })
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
      leastSide: 0.5,
      stream: createStream(prngKey(1)),
    })) {
      expect(upper[0] - lower[0]).toBeGreaterThanOrEqual(0.5)
    }
  })
})
