import { describe, expect, it } from 'vitest'
import type { CombinedDraws, SubPosteriorDraws } from '@chorale/core/contracts'
import { consensus, gaussianProduct, simpleAverage, type ConsensusOptions } from '../../src/index.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { c1, golden } from '../acceptance/cases.js'
import { contextOf, gammaVariates, gaussianSample, identity, mahalanobis, scalarSample, shardOf, withoutScores } from '../shards.js'

const combine = async (
  shards: readonly SubPosteriorDraws[],
  options: ConsensusOptions = {},
  settings: { seed?: number; size?: number } = {},
): Promise<CombinedDraws> => consensus.combine(shards, contextOf(options, settings).context)

const opposite = (draws = 2000) =>
  [0.95, -0.95].map((correlation, shard) =>
    shardOf(gaussianSample({ mean: [0, 0], covariance: [1, correlation, correlation, 1], draws, seed: 70 }), { shard, of: 2 }),
  )

describe('consensus', () => {
  it('has exactly the mean and covariance of gaussian', async () => {
    const shards = c1({ draws: 2000 }).shards
    const product = gaussianProduct(shards)
    const { draws } = await combine(shards, {}, { size: 2000 })
    const moments = sampleMoments(draws)
    product.mean.forEach((value, i) => expect(moments.mean[i]).toBeCloseTo(value, 10))
    product.covariance.forEach((value, i) => expect(moments.covariance[i]).toBeCloseTo(value, 10))
    expect(mahalanobis(moments.mean, golden.C1.mean, golden.C1.cov.flat())).toBeLessThan(1e-6)
  })

  it('keeps the joint law: correlation 0.95 of alike shards, variance 0.049 of oppositely correlated ones', async () => {
    const alike = [0, 1, 2].map(shard =>
      shardOf(gaussianSample({ mean: [0, 0], covariance: [1, 0.95, 0.95, 1], draws: 500, seed: shard }), { shard, of: 3 }),
    )
    const one = sampleMoments((await combine(alike, {}, { size: 500 })).draws).covariance
    expect(one[1] / Math.sqrt(one[0] * one[3])).toBeCloseTo(0.95, 8)
    const two = sampleMoments((await combine(opposite(), {}, { size: 2000 })).draws).covariance
    expect(two[0]).toBeCloseTo((1 - 0.95 * 0.95) / 2, 8)
  })

  it.each(['full', 'diagonal', 'equal'] as const)(
    'is not fooled by common random numbers: the same draws in all eight shards (%s)',
    async weights => {
      const sample = withoutScores(gaussianSample({ mean: [0], covariance: [8], draws: 4000, seed: 5 }))
      const shards = Array.from({ length: 8 }, (_, shard) => shardOf(sample, { shard, of: 8 }))
      const { covariance } = sampleMoments((await combine(shards, { weights }, { size: 4000 })).draws)
      expect(Math.abs(covariance[0] - 1)).toBeLessThan(5 * Math.sqrt(2 / 4000)) // pairing the draws as they come gives 8
    },
  )

  it('keeps the skewness that averages have, where gaussian has none', async () => {
    const gamma = gammaVariates(81)
    const shards = Array.from(
      { length: 4 },
      (_, shard) =>
      shardOf(scalarSample(20_000, () => gamma(4), value => 3 / value - 1), { shard, of: 4 }), // prettier-ignore
    )
    const { draws } = await combine(shards, {}, { size: 20_000 })
    const { mean, covariance } = sampleMoments(draws)
    const skewness = draws.values.reduce((sum, value) => sum + ((value - mean[0]) / Math.sqrt(covariance[0])) ** 3, 0) / draws.draws
    expect(Math.abs(skewness - 0.5)).toBeLessThan(4 * Math.sqrt(6 / 20_000) * 2) // 2/sqrt(4), shrunk by sqrt(4); the factor 2 is for the tails of the gamma
  })

  it('follows affine maps of the draws with the same key, draw by draw', async () => {
    const B = [2e3, 1e3, 0, -1e-4, 3e-4, 1e-4, 5, 0, 2] // every row on a scale of its own
    const made = [0, 1, 2].map(s =>
      withoutScores(gaussianSample({ mean: [s, 0, -s], covariance: [1, 0.4, 0, 0.4, 2, 0.1, 0, 0.1, 1 + s], draws: 300, seed: s })),
    )
    const map = (values: Float64Array): Float64Array =>
      values.map((_, at) => {
        const [row, i] = [Math.floor(at / 3) * 3, at % 3]
        return B[i * 3] * values[row] + B[i * 3 + 1] * values[row + 1] + B[i * 3 + 2] * values[row + 2] + 7 * i
      })
    const plain = await combine(made.map((sample, shard) => shardOf(sample, { shard, of: 3 })), {}, { size: 300 }) // prettier-ignore
    const turned = await combine(made.map(({ values }, shard) => shardOf({ dimension: 3, values: map(values) }, { shard, of: 3 })), {}, { size: 300 }) // prettier-ignore
    const expected = map(plain.draws.values)
    const { covariance } = sampleMoments({ draws: 300, dimension: 3, values: expected })
    expected.forEach((value, at) => {
      expect(Math.abs(turned.draws.values[at] - value) / Math.sqrt(covariance[(at % 3) * 4])).toBeLessThan(1e-7)
    })
  })

  it('does not depend on the order of the shards', async () => {
    const shards = c1({ draws: 300 }).shards
    expect(await combine(shards.toReversed())).toEqual(await combine(shards))
  })

  it('gives the same bytes for the same key and leaves moments and draws alone', async () => {
    const shards = opposite(300)
    const before = JSON.stringify(await Promise.all(shards.map(async shard => [shard, await shard.draws()])))
    const first = await combine(shards, {}, { seed: 3 })
    expect(await combine(shards, {}, { seed: 3 })).toEqual(first)
    expect((await combine(shards, {}, { seed: 4 })).draws.values).not.toEqual(first.draws.values)
    expect(JSON.stringify(await Promise.all(shards.map(async shard => [shard, await shard.draws()])))).toBe(before)
  })

  it.each([50, 1000, 2500])('gives as many draws as are wanted from shards of unequal length (%i)', async size => {
    const made = [400, 1000].map((draws, shard) =>
      shardOf(gaussianSample({ mean: [shard], covariance: [2], draws, seed: shard }), { shard, of: 2 }),
    )
    const { draws } = await combine(made, {}, { size })
    expect([draws.draws, draws.values.length]).toEqual([size, size])
    const { mean } = sampleMoments(draws)
    expect(Math.abs(mean[0] - 0.5)).toBeLessThan(4.5 / Math.sqrt(size))
  })

  it.each(['full', 'diagonal', 'equal'] as const)('returns a single shard’s draws as they are (%s)', async weights => {
    const sample = gaussianSample({ mean: [1, 2], covariance: identity(2), draws: 200, seed: 1 })
    const { draws } = await combine([shardOf(sample, { shard: 0, of: 1 })], { weights }, { size: 200 })
    expect(draws.values).toEqual(sample.values)
    const half = await combine([shardOf(sample, { shard: 0, of: 1 })], { weights }, { size: 100 })
    expect(half.draws.values.slice(0, 4)).toEqual(Float64Array.from([...sample.values.slice(2, 4), ...sample.values.slice(6, 8)]))
  })

  it.each([
    ['diagonal', golden.C1.diagMean],
    ['equal', golden.C1.equalMean],
  ] as const)('with %s weights is as wrong as theory says (C1)', async (weights, mean) => {
    const result = await combine(c1().shards, { weights }, { size: 20_000 })
    const moments = sampleMoments(result.draws)
    expect(result.diagnostics?.claim).toMatchObject({ kind: 'unreliable', why: expect.stringMatching(`${weights} weights`) })
    mean.forEach((value, i) => {
      expect(Math.abs(moments.mean[i] - value)).toBeLessThan(0.01)
      expect(Math.abs((result.diagnostics?.mean as number[])[i] - moments.mean[i])).toBeLessThan(0.01)
      expect((result.diagnostics?.sd as number[])[i] / Math.sqrt(moments.covariance[i * 6])).toBeCloseTo(1, 1)
    })
    expect(mahalanobis(moments.mean, golden.C1.mean, golden.C1.cov.flat())).toBeGreaterThan(1)
  })

  it('refuses draws that are not finite or do not fit their moments, for one shard too', async () => {
    const [good, other] = opposite(100)
    const values = Float64Array.from({ length: 200 }, (_, i) => (i === 7 ? NaN : i))
    const bad = { ...other, draws: () => Promise.resolve({ draws: 100, dimension: 2, values }) }
    await expect(combine([good, bad])).rejects.toThrow(/Shard 1 has a value of "theta1" that is not finite \(draw 4\)/)
    const alone = { ...bad, powers: { prior: 1, jacobian: 1, likelihood: 1 } }
    await expect(combine([alone])).rejects.toMatchObject({ code: 'CHORALE_COMBINE_NOT_FINITE' })
    const short = { ...other, draws: () => Promise.resolve({ draws: 100, dimension: 1, values: new Float64Array(100) }) }
    await expect(combine([good, short])).rejects.toMatchObject({ code: 'CHORALE_COMBINE_MISMATCH' })
  })

  it('cannot take stand-ins out of diagonal or equal weights and says so', async () => {
    const shards = opposite(100).map(shard => ({ ...shard, powers: { ...shard.powers, standIns: { theta0: { mean: 0, sd: 9 } } } }))
    await expect(combine(shards, { weights: 'equal' })).rejects.toMatchObject({ code: 'CHORALE_COMBINE_POWERS' })
    const { context, logged } = contextOf({})
    const { diagnostics } = await consensus.combine(shards, context)
    expect(diagnostics?.standInsRemoved).toEqual(['theta0'])
    expect(logged.warnings.join()).toMatch(/true prior is not in these draws/)
  })

  it('stops when asked', async () => {
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    const context = { ...contextOf({}).context, signal: controller.signal }
    await expect(async () => consensus.combine(opposite(100), context)).rejects.toThrow('enough')
  })
})

describe('legacy names', () => {
  it('simple_average runs consensus with equal weights and warns', async () => {
    const { context, logged } = contextOf({})
    expect(await simpleAverage.combine(opposite(100), context)).toEqual(await combine(opposite(100), { weights: 'equal' }))
    expect(logged.warnings.join()).toMatch(/only when all shards have the same covariance/)
  })
})
