import { describe, expect, it } from 'vitest'
import type { DrawMatrix } from '@chorale/core/contracts'
import { mergeClosePairs } from '../../src/weierstrass/merge-close-pairs.js'
import { nthSmallestInto } from '../../src/nth-smallest.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { weierstrass, type WeierstrassOptions } from '../../src/weierstrass/weierstrass.js'
import { createStream, prngKey } from '@chorale/random'
import { c1, c10, c12, c2, c2Log, c3, c6, golden, type AcceptanceCase } from '../acceptance/cases.js'
import { kernelCombinerFacts } from '../acceptance/kernel-combiner-facts.js'
import { contextOf, gaussianSample, mahalanobis } from '../shards.js'

async function errorOf(made: AcceptanceCase, options: WeierstrassOptions = {}, size = 4000) {
  const { draws } = await weierstrass.combine(made.shards, contextOf(options, { size }).context)
  const { mean, covariance } = sampleMoments(draws)
  return { mean: mahalanobis(mean, made.mean, made.covariance), sd: Math.sqrt(covariance[0] / made.covariance[0]), draws }
}

const massBelow = (limit: number, { values }: DrawMatrix): number => values.filter(value => value < limit).length / values.length

describe('weierstrass', () => {
  kernelCombinerFacts(weierstrass, {})

  it.each([
    ['C1, Gaussian shards', c1, 0.25],
    ['C2, the rate', c2, 0.15],
    ['C2, the log rate', c2Log, 0.15 + 3 / Math.sqrt(4000)],
    ['C3, a rare event', c3, 0.3],
  ] as const)('is near the posterior: %s', async (_, make, bound) => {
    const { mean, sd } = await errorOf(make({ draws: 4000 }))
    expect(mean).toBeLessThan(bound)
    expect(sd).toBeGreaterThan(0.85)
    expect(sd).toBeLessThan(1.18)
  })

  it('finds the mode that averages miss: C6, mass below -2', async () => {
    const made = c6({ draws: 4000 })
    expect(Math.abs(massBelow(-2, (await errorOf(made)).draws) - golden.C6.massLeft)).toBeLessThan(0.12)
    expect(massBelow(-2, (await errorOf(made, { acceptance: 1 })).draws)).toBeLessThan(0.4) // consensus
  })

  it('at acceptance 1 has the bias of consensus: 1.18 posterior sd on C2', async () => {
    const { mean } = await errorOf(c2({ draws: 4000 }), { acceptance: 1 })
    const [limit] = golden.C2theta.gp
    expect(Math.abs(mean - (limit - golden.C2theta.mean[0]) / Math.sqrt(golden.C2theta.cov[0][0]))).toBeLessThan(0.1)
  })

  it('is exact for Gaussian draws at any acceptance, however far apart: the average does not depend on the distance', () => {
    const set = (mean: number[], covariance: number[], seed: number): DrawMatrix => {
      const { values } = gaussianSample({ mean, covariance, draws: 20_000, seed })
      return { draws: 20_000, dimension: 2, values }
    }
    const [a, b] = [set([-3, 0], [1, 0.5, 0.5, 2], 1), set([3, 1], [3, -1, -1, 1], 2)]
    // by hand: P1 = [2, -.5; -.5, 1]/1.75, P2 = [1, 1; 1, 3]/2
    const total = [2 / 1.75 + 0.5, -0.5 / 1.75 + 0.5, 1 / 1.75 + 1.5]
    const determinant = total[0] * total[2] - total[1] * total[1]
    const covariance = [total[2] / determinant, -total[1] / determinant, -total[1] / determinant, total[0] / determinant]
    const shift = [(2 * -3) / 1.75 + (3 + 1) / 2, (-0.5 * -3) / 1.75 + (3 + 3) / 2]
    const mean = [covariance[0] * shift[0] + covariance[1] * shift[1], covariance[2] * shift[0] + covariance[3] * shift[1]]
    for (const acceptance of [1, 0.3, 0.05]) {
      const merged = sampleMoments(mergeClosePairs(a, b, { size: 4000, acceptance, key: prngKey(3) }))
      expect(mahalanobis(merged.mean, mean, covariance)).toBeLessThan(4 * Math.sqrt(2 / 4000) + 4 * Math.sqrt(8 / 20_000) * 3)
      expect(Math.abs(merged.covariance[0] / covariance[0] - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000) + 0.03)
    }
  })

  it('survives shards that do not overlap when they are Gaussian: C12', async () => {
    expect((await errorOf(c12(8, { draws: 4000 }))).mean).toBeLessThan(0.3)
  })

  it('warns in many dimensions, and gives no NaN', async () => {
    const made = c10({ dimension: 30, draws: 200 })
    const { context, logged } = contextOf({}, { size: 200 })
    const { draws } = await weierstrass.combine(made.shards, context)
    expect(draws.values.every(Number.isFinite)).toBe(true)
    expect(logged.warnings.join()).toContain('30 dimensions')
  })
})

describe('nthSmallestInto', () => {
  it('agrees with sorting, ties and all', () => {
    const stream = createStream(prngKey(8))
    for (let length = 1; length < 60; length++) {
      const values = Float64Array.from({ length }, () => stream.integer(20) - 5)
      const rank = stream.integer(length)
      expect(nthSmallestInto(values.slice(), rank)).toBe(values.toSorted()[rank])
    }
  })
})
