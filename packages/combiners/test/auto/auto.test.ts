import { foldIn, prngKey } from '@chorale/random'
import type { CombinedDraws, LogDensityEvaluator, SubPosteriorDraws } from '@chorale/core/contracts'
import { describe, expect, it } from 'vitest'
import { auto, consensus } from '../../src/index.js'
import { chooseFromDraws } from '../../src/auto/choose.js'
import type { Shape } from '../../src/auto/shape.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { c1, c12, c2, c6, c7, c8, golden } from '../acceptance/cases.js'
import { contextOf, gaussianSample, shardOf } from '../shards.js'

const run = (shards: readonly SubPosteriorDraws[], evaluator?: LogDensityEvaluator): Promise<CombinedDraws> =>
  Promise.resolve(auto.combine(shards, { ...contextOf({}, { size: 2000 }).context, key: foldIn(prngKey(2), 7), evaluator }))

describe('auto with the density', () => {
  it('is amis where its check passes, and says why', async () => {
    const { shards, evaluator } = c2({ draws: 2000 })
    const { check, diagnostics } = await run(shards, evaluator)
    expect(check!.doubt).toBeUndefined()
    expect(diagnostics).toMatchObject({ chosen: 'amis', why: expect.stringMatching(/passed/) })
  })

  it('goes on without amis where the budget forbids it, or a density that it cannot follow, and reports that', async () => {
    const { shards, evaluator } = c1({ draws: 2000 })
    const poor = await run(shards, { ...evaluator, budget: 100 })
    expect(poor.check).toBeUndefined()
    expect(poor.diagnostics).toMatchObject({ chosen: 'consensus', importance: { doubt: expect.stringMatching(/100 positions/) } })
    const nowhere = { ...evaluator, evaluate: ({ draws }: { draws: number }) => Promise.resolve(new Float64Array(draws).fill(NaN)) }
    const lost = await run(shards, nowhere)
    expect(lost.diagnostics).toMatchObject({ chosen: 'consensus', importance: { doubt: expect.stringMatching(/k-hat/) } })
  })
})

describe('auto from draws alone', () => {
  it('is consensus for Gaussian shards, with a claim that holds', async () => {
    const made = c1({ draws: 20_000 })
    const { draws, diagnostics } = await run(made.shards)
    expect(diagnostics).toMatchObject({ chosen: 'consensus', claim: { kind: 'approximate' } })
    const { sd } = diagnostics!.claim as { sd: number }
    expect(Math.abs(sampleMoments(draws).mean[0] - made.mean[0]) / Math.sqrt(made.covariance[0])).toBeLessThan(sd)
  })

  it('does not return plain consensus for C2 and predicts its bias between 0.9 and 1.3 sd', async () => {
    const { diagnostics, draws } = await run(c2().shards)
    expect(diagnostics!.chosen).toBe('edgeworth')
    const { value } = diagnostics!.predictedBias as { value: number }
    expect(value).toBeGreaterThan(0.9)
    expect(value).toBeLessThan(1.3)
    expect(diagnostics!.advisedShards).toBe(2)
    expect(Math.abs(sampleMoments(draws).mean[0] - golden.C2theta.mean[0]) / Math.sqrt(golden.C2theta.cov[0][0])).toBeLessThan(0.15)
  })

  it('claims nothing for several modes, a banana, and shards that do not overlap', async () => {
    for (const [made, chosen] of [
      [c6({ draws: 4000 }), 'weierstrass'],
      [c8('all', { draws: 2000 }), 'weierstrass'],
      [c7({ draws: 4000 }), 'edgeworth'],
      [c12(8, { draws: 1000 }), 'consensus'],
    ] as const) {
      const { diagnostics } = await run(made.shards)
      expect(diagnostics).toMatchObject({ chosen, claim: { kind: 'unreliable' } })
    }
  })

  it('returns a single shard as consensus does', async () => {
    const one = shardOf(gaussianSample({ mean: [1, 2], covariance: [1, 0, 0, 1], draws: 300, seed: 4 }), { shard: 0, of: 1 })
    const { draws } = await consensus.combine([one], contextOf({}, { size: 2000 }).context)
    expect((await run([one])).draws).toEqual(draws)
  })

  it('measures disagreement between combiners in posterior sd', async () => {
    const { diagnostics } = await run(c2({ draws: 4000 }).shards)
    const apart = diagnostics!.disagreement as Record<string, number>
    expect(apart['gaussian to weierstrass']).toBeGreaterThan(0.8)
    expect(apart['edgeworth to weierstrass']).toBeLessThan(0.3)
  })
})

describe('the rules of auto', () => {
  const shape: Shape = {
    product: undefined,
    severalModes: [],
    overlap: { least: 0.1, mean: 0.1, expected: 0.1, leastDraws: 100 },
    correction: undefined,
    predictedBias: { value: 0, upper95: 0.05 },
    tails: { value: 0, upper95: 0.01 },
    weak: [],
  }
  const choose = (changes: Partial<Shape>, dimension = 2, shards = 10) =>
    chooseFromDraws({ ...shape, ...changes }, { dimension, shards }).combiner

  it.each([
    ['nothing wrong', {}, 20, 'consensus'],
    ['several modes that overlap in the plane', { severalModes: [1] }, 2, 'weierstrass'],
    ['several modes in more dimensions', { severalModes: [1] }, 5, 'modes'],
    ['several modes without overlap', { severalModes: [1], overlap: { ...shape.overlap!, leastDraws: 10 } }, 2, 'modes'],
    ['a bias that cannot be told in the plane', { predictedBias: undefined }, 2, 'weierstrass'],
    ['a bias that cannot be told in many dimensions', { predictedBias: undefined }, 20, 'consensus'],
  ] as const)('%s', (_, changes, dimension, expected) => {
    expect(choose(changes as Partial<Shape>, dimension)).toBe(expected)
  })
})
