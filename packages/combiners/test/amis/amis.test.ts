import { foldIn, prngKey } from '@chorale/random'
import type { CombinedDraws, LogDensityEvaluator, SubPosteriorDraws } from '@chorale/core/contracts'
import { describe, expect, it } from 'vitest'
import { amis } from '../../src/index.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { c1, c10, c2, c2Log, c2Whole, c3, c6, c7, c8, c8Modes, c9, golden, minorityMode, type AcceptanceCase } from '../acceptance/cases.js'
import { gaussianSample, mahalanobis, shardOf } from '../shards.js'

const silent = { info: () => undefined, warn: () => undefined }

const run = (
  shards: readonly SubPosteriorDraws[],
  evaluator: LogDensityEvaluator,
  { seed = 1, size = 4000 } = {},
): Promise<CombinedDraws> =>
  Promise.resolve(
    amis.combine(shards, {
      key: foldIn(prngKey(seed), 7),
      size,
      options: {},
      evaluator,
      signal: new AbortController().signal,
      log: silent,
    }),
  )

const small = { draws: 2000 }
/** Gaussian posteriors are known up to the rounding of the references. */
const ROUNDING = 1e-7
/** Bounds of the distance of means and of ratios of standard deviations are four standard errors of the effective positions. */
const exactCases: [string, () => AcceptanceCase][] = [
  ['Gaussian shards (C1)', () => c1(small)],
  ['Poisson counts in 20 shards (C2)', () => c2(small)],
  ['their log rate (C2)', () => c2Log(small)],
  ['shards that carry the whole Jacobian each, and say so (C2w)', () => c2Whole(small)],
  ['rare events, two shards without one (C3)', () => c3(small)],
  ['two modes (C6)', () => c6(small)],
  ['a banana (C7)', () => c7(small)],
  ['four modes (C8)', () => c8('all', small)],
  ['four modes, one unknown to a shard (C8m)', () => c8('one mode missing', small)],
  ['logistic regression with a rare predictor, 10 shards (C9)', () => c9(10, { draws: 500 })],
  ['20 dimensions, scattered shards (C10)', () => c10({ dimension: 20, draws: 1000 })],
  ['two modes in 20 dimensions, one known to 2 of 16 shards', () => minorityMode({ draws: 500 })],
]

describe('amis', () => {
  it.each(exactCases)('is exact and says so: %s', async (_, make) => {
    const { shards, evaluator, mean, covariance, dimension } = make()
    const { draws, check, diagnostics } = await run(shards, evaluator)
    const found = sampleMoments(draws)
    expect(check!.doubt).toBeUndefined()
    expect(check!.paretoK).toBeLessThan(check!.kThreshold)
    expect(check!.coverage).toBeLessThan(3)
    const { mcseMean, mcseSd } = diagnostics as unknown as Record<'mcseMean' | 'mcseSd', number[]>
    for (let j = 0; j < dimension; j++) {
      const sd = Math.sqrt(covariance[j * dimension + j])
      expect(Math.abs(found.mean[j] - mean[j])).toBeLessThan(4.5 * mcseMean[j] + ROUNDING * sd)
      expect(mcseMean[j]).toBeLessThan(0.05 * sd)
      expect(Math.abs(Math.sqrt(found.covariance[j * dimension + j]) - sd)).toBeLessThan(4.5 * mcseSd[j] + ROUNDING * sd)
      expect(mcseSd[j]).toBeLessThan(0.0125 * sd)
    }
    expect(mahalanobis(found.mean, mean, covariance)).toBeLessThan(0.05 * Math.sqrt(dimension))
  })

  it('leaves batches of its positions out, for standard errors like those it reports', async () => {
    const { shards, evaluator, dimension } = c7(small)
    const { leftOut, diagnostics } = await run(shards, evaluator)
    expect(leftOut).toHaveLength(20)
    const means = leftOut!.map(draws => sampleMoments(draws).mean)
    for (let j = 0; j < dimension; j++) {
      const centre = means.reduce((sum, mean) => sum + mean[j] / 20, 0)
      const error = Math.sqrt((19 / 20) * means.reduce((sum, mean) => sum + (mean[j] - centre) * (mean[j] - centre), 0))
      // A standard error with 19 degrees of freedom is known to 16 %.
      expect(Math.abs(Math.log(error / (diagnostics!.mcseMean as number[])[j]))).toBeLessThan(3.5 * 0.16)
    }
  })

  it('weighs modes by their evidence: C6 to 0.03, each of the four of C8 to 0.02', async () => {
    const bimodal = c6(small)
    const { values } = (await run(bimodal.shards, bimodal.evaluator)).draws
    expect(Math.abs(values.filter(value => value < -2).length / values.length - golden.C6.massLeft)).toBeLessThan(0.03)
    const four = c8('one mode missing', small)
    const { draws } = await run(four.shards, four.evaluator)
    for (const [x, y] of c8Modes) {
      let inside = 0
      for (let at = 0; at < draws.values.length; at += 2) if (draws.values[at] * x > 0 && draws.values[at + 1] * y > 0) inside++
      expect(Math.abs(inside / draws.draws - 0.25)).toBeLessThan(0.02)
    }
  })

  it('finds modes that no chain has visited where climbs from further out reach them', async () => {
    const { shards, evaluator, mean } = c8('one mode', small)
    const { draws, check } = await run(shards, evaluator)
    expect(check!.doubt).toBeUndefined()
    expect(Math.abs(sampleMoments(draws).mean[0] - mean[0])).toBeLessThan(0.3)
  })

  it('finds its way from shards that lie far from the posterior and are shaped unlike it: ten standard deviations, 24 dimensions', async () => {
    const { shards, evaluator, mean, covariance, dimension } = c10({ dimension: 24, draws: 400 })
    const misled = await Promise.all(
      shards.map(async ({ shard }) => {
        const { values } = await shards[shard].draws()
        const moved = values.map((value, at) => (at % 2 === 0 ? 3 : 1) * value + 10 * Math.sin(1 + (at % dimension)))
        return shardOf({ dimension, values: moved }, { shard, of: shards.length })
      }),
    )
    const { draws, check } = await run(misled, evaluator)
    expect(check!.doubt).toBeUndefined()
    expect(check!.coverage).toBeLessThan(3)
    expect(mahalanobis(sampleMoments(draws).mean, mean, covariance)).toBeLessThan(0.05 * Math.sqrt(dimension))
  })

  it('puts the true prior back where shards sampled a normal stand-in', async () => {
    // Prior Cauchy about 0, data that know theta as N(2, 1/2); two shards with N(0, 2 * 2^2) each in place of the prior to the power 1/2.
    const shards = [0, 1].map(shard => {
      const precision = 1 + 1 / 8
      return shardOf(gaussianSample({ mean: [2 / precision], covariance: [1 / precision], draws: 2000, seed: shard }), {
        shard,
        of: 2,
        powers: { standIns: { theta0: { mean: 0, sd: Math.sqrt(8) } } },
      })
    })
    const logDensity = (x: number): number => -(x - 2) * (x - 2) - Math.log1p(x * x)
    const evaluator = scalarEvaluator(logDensity, x => -2 * (x - 2) - (2 * x) / (1 + x * x))
    const nodes = Array.from({ length: 4000 }, (_, k) => -8 + k * 0.005)
    const weights = nodes.map(x => Math.exp(logDensity(x)))
    const total = weights.reduce((a, b) => a + b, 0)
    const mean = nodes.reduce((sum, x, k) => sum + (x * weights[k]) / total, 0)
    const { diagnostics, check } = await run(shards, evaluator)
    expect(check!.doubt).toBeUndefined()
    const { mean: found, mcseMean } = diagnostics as unknown as Record<'mean' | 'mcseMean', number[]>
    expect(Math.abs(found[0] - mean)).toBeLessThan(4 * mcseMean[0])
    expect(Math.abs(mean - 2)).toBeGreaterThan(10 * mcseMean[0])
  })

  it('stays within the budget of the evaluator and doubts what it cannot afford to know', async () => {
    const { shards, evaluator } = c7(small)
    let asked = 0
    const counted = (budget: number): LogDensityEvaluator => ({
      budget,
      evaluate: (positions, options) => {
        asked += positions.draws
        return evaluator.evaluate(positions, options)
      },
      gradients: (positions, options) => {
        asked += positions.draws
        return evaluator.gradients(positions, options)
      },
    })
    const { check, diagnostics } = await run(shards, counted(2400))
    expect(asked).toBeLessThanOrEqual(2400)
    expect(diagnostics!.evaluations).toBe(asked)
    expect(check!.doubt).toMatch(/effective positions know a standard deviation to|budget/)
    expect(diagnostics!.claim).toMatchObject({ kind: 'approximate' })
    await expect(run(shards, counted(1400))).rejects.toMatchObject({ code: 'CHORALE_COMBINE_BUDGET' })
  })

  it.each([
    ['Poisson counts', () => c2({ draws: 300 })],
    ['a banana', () => c7({ draws: 300 })],
    ['20 dimensions', () => c10({ dimension: 20, draws: 300 })],
  ])('never asks for more than the smallest budget: %s', async (_, make) => {
    const { shards, evaluator, dimension } = make()
    let asked = 0
    const budget = 1.5 * Math.max(1000, 50 * dimension)
    const count =
      <P extends { readonly draws: number }, O, R>(of: (positions: P, options: O) => Promise<R>) =>
      (positions: P, options: O): Promise<R> => {
        asked += positions.draws
        return of(positions, options)
      }
    await run(shards, { budget, evaluate: count(evaluator.evaluate), gradients: count(evaluator.gradients) })
    expect(asked).toBeLessThanOrEqual(budget)
  })

  it('doubts a density without a mean', async () => {
    const { shards } = c2Log({ draws: 500 })
    const heavy = scalarEvaluator(x => -0.6 * Math.log1p(x * x), x => (-1.2 * x) / (1 + x * x)) // prettier-ignore
    const { check, diagnostics } = await run(shards, heavy)
    expect(check!.doubt).toMatch(/k-hat|standard deviation/)
    expect(diagnostics!.claim).toMatchObject({ kind: 'unreliable' })
  })

  it('gives the same bytes for the same key, in any order of the shards, and leaves inputs alone', async () => {
    const { shards, evaluator } = c2Log({ draws: 300 })
    const before = JSON.stringify(shards)
    const first = await run(shards, evaluator, { size: 100 })
    expect(await run(shards.toReversed(), evaluator, { size: 100 })).toEqual(first)
    expect((await run(shards, evaluator, { size: 100, seed: 2 })).draws.values).not.toEqual(first.draws.values)
    expect(first.draws.draws).toBe(100)
    expect(JSON.stringify(shards)).toBe(before)
  })

  it('is right for one shard', async () => {
    const one = shardOf(gaussianSample({ mean: [1], covariance: [0.5], draws: 500, seed: 3 }), { shard: 0, of: 1 })
    const { draws, check } = await run([one], scalarEvaluator(x => -(x - 1) * (x - 1), x => -2 * (x - 1))) // prettier-ignore
    expect(check!.doubt).toBeUndefined()
    expect(Math.abs(sampleMoments(draws).mean[0] - 1)).toBeLessThan(0.05)
  })
})

function scalarEvaluator(logDensity: (x: number) => number, slope: (x: number) => number): LogDensityEvaluator {
  return {
    budget: Infinity,
    evaluate: ({ values }) => Promise.resolve(values.map(logDensity)),
    gradients: ({ draws, values }) =>
      Promise.resolve({ logDensity: values.map(logDensity), gradients: { draws, dimension: 1, values: values.map(slope) } }),
  }
}
