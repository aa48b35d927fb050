import { describe, expect, it } from 'vitest'
import { gaussian, gaussianProduct } from '../../src/index.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { c1, c2, c2Log, c3, golden } from '../acceptance/cases.js'
import { contextOf, gaussianSample, identity, mahalanobis, shardOf, withoutScores } from '../shards.js'

describe('gaussian', () => {
  it('is exact for Gaussian shards of unlike precision and unequal size (C1)', async () => {
    const product = gaussianProduct(c1({ draws: 2000 }).shards)
    expect(product.shards.every(({ method }) => method === 'score')).toBe(true)
    expect(mahalanobis(product.mean, golden.C1.mean, golden.C1.cov.flat())).toBeLessThan(1e-6)
    golden.C1.cov.flat().forEach((value, i) => expect(product.covariance[i]).toBeCloseTo(value, 8))

    const size = 20_000
    const { draws } = await gaussian.combine(c1({ draws: 2000 }).shards, contextOf({}, { size }).context)
    const moments = sampleMoments(draws)
    expect(mahalanobis(moments.mean, golden.C1.mean, golden.C1.cov.flat())).toBeLessThan(Math.sqrt(20.5 / size)) // 99.9 % of chi-square with 5 df
    golden.C1.cov.forEach((row, i) =>
      row.forEach((value, j) => {
        const se = Math.sqrt((row[i] * golden.C1.cov[j][j] + value * value) / size)
        expect(Math.abs(moments.covariance[i * 5 + j] - value)).toBeLessThan(4.5 * se)
      }),
    )
  })

  it('stays within the noise of estimated precisions without scores (C1)', () => {
    const product = gaussianProduct(c1({ scores: 'none' }).shards)
    expect(product.shards.every(({ method }) => method === 'inverse-covariance')).toBe(true)
    expect(mahalanobis(product.mean, golden.C1.mean, golden.C1.cov.flat())).toBeLessThan(0.08)
  })

  it('has the known limit for skewed shards, by score moments as by covariances (C2)', () => {
    for (const [{ shards }, { gp }] of [
      [c2({ draws: 20_000 }), golden.C2theta],
      [c2Log({ draws: 20_000 }), golden.C2log],
    ] as const) {
      const product = gaussianProduct(shards)
      expect(Math.abs(product.mean[0] - gp[0])).toBeLessThan(0.004)
      expect(Math.abs(product.covariance[0] / gp[1] - 1)).toBeLessThan(0.04)
    }
  })

  it('reports a predicted bias of the size of the error (C2: 1.18 sd)', async () => {
    const { diagnostics } = await gaussian.combine(c2({ draws: 20_000 }).shards, contextOf({}).context)
    const error = Math.abs(golden.C2theta.gp[0] - golden.C2theta.mean[0]) / Math.sqrt(golden.C2theta.cov[0][0])
    const { value } = diagnostics!.predictedBias as { value: number }
    expect(value).toBeGreaterThan(0.8 * error)
    expect(value).toBeLessThan(2 * error)
  })

  it('uses covariances where the gradient has no variance: shards without an event (C3)', () => {
    const product = gaussianProduct(c3({ draws: 10_000 }).shards)
    const method = new Map(product.shards.map(shard => [shard.shard, shard.method]))
    expect([method.get(1), method.get(7)]).toEqual(['inverse-covariance', 'inverse-covariance'])
    expect(Math.abs(product.mean[0] - golden.C3.gp[0]) / Math.sqrt(golden.C3.gp[1])).toBeLessThan(0.1)
    expect(Math.abs(product.covariance[0] / golden.C3.gp[1] - 1)).toBeLessThan(0.05)
  })

  it('has the exact covariance of oppositely correlated shards and keeps a correlation of 0.95', () => {
    const correlated = (correlation: number, shard: number) =>
      shardOf(gaussianSample({ mean: [0, 0], covariance: [1, correlation, correlation, 1], draws: 1000, seed: shard }), { shard, of: 2 })
    const opposite = gaussianProduct([correlated(0.95, 0), correlated(-0.95, 1)])
    expect(opposite.covariance[0]).toBeCloseTo((1 - 0.95 * 0.95) / 2, 10)
    expect(opposite.covariance[1]).toBeCloseTo(0, 10)
    const alike = gaussianProduct([correlated(0.95, 0), correlated(0.95, 1)])
    expect(alike.covariance[1] / alike.covariance[0]).toBeCloseTo(0.95, 10)
  })

  it('gives the Gaussian of a single shard’s sample moments, also in one dimension', async () => {
    const sample = gaussianSample({ mean: [3], covariance: [4], draws: 500, seed: 9 })
    const { mean, covariance } = sampleMoments({ draws: 500, dimension: 1, values: sample.values })
    const product = gaussianProduct([shardOf(sample, { shard: 0, of: 1 })])
    expect(product.mean[0]).toBeCloseTo(mean[0], 12)
    expect(product.covariance[0]).toBeCloseTo(covariance[0], 12)
    expect(product.shards[0].method).toBe('as it is')
    const { draws } = await gaussian.combine([shardOf(sample, { shard: 0, of: 1 })], contextOf({}, { size: 77 }).context)
    expect([draws.draws, draws.values.length]).toEqual([77, 77])
  })

  it('gives the same bytes for the same key and leaves its inputs alone', async () => {
    const shards = c1({ draws: 400 }).shards
    const before = JSON.stringify(shards)
    const first = await gaussian.combine(shards, contextOf({}, { seed: 4 }).context)
    const second = await gaussian.combine(shards, contextOf({}, { seed: 4 }).context)
    const other = await gaussian.combine(shards, contextOf({}, { seed: 5 }).context)
    expect(second).toEqual(first)
    expect(other.draws.values).not.toEqual(first.draws.values)
    expect(JSON.stringify(shards)).toBe(before)
  })

  it('says in the log that covariances were used, and that one shard decides', async () => {
    const shard = (id: number, variance: number) =>
      shardOf(withoutScores(gaussianSample({ mean: [0], covariance: [variance], draws: 400, seed: id })), { shard: id, of: 3 })
    const { context, logged } = contextOf({})
    const { diagnostics } = await gaussian.combine([shard(0, 1), shard(1, 1), shard(2, 1e-6)], context)
    expect(logged.notes.join()).toMatch(/3 of 3 shards are combined by their inverse covariance/)
    expect(logged.warnings.join()).toMatch(/Shard 2 holds 100 % of the combined precision/)
    expect(diagnostics?.shards).toMatchObject([{ shard: 0 }, { shard: 1 }, { shard: 2, method: 'inverse-covariance' }])
  })
})

describe('score moments against inverse covariances (C10)', () => {
  const [d, K] = [100, 10]
  const shards = (draws: number, scores: boolean) =>
    Array.from({ length: K }, (_, shard) => {
      const mean = gaussianSample({ mean: new Float64Array(d), covariance: identity(d, K), draws: 1, seed: 500 + shard }).values
      const sample = gaussianSample({ mean, covariance: identity(d, K), draws, seed: 600 + shard })
      return { mean, shard: shardOf(scores ? sample : withoutScores(sample), { shard, of: K, batches: 4, skewness: 'not recorded' }) }
    })
  const truth = (made: ReturnType<typeof shards>): Float64Array =>
    new Float64Array(d).map((_, i) => made.reduce((sum, { mean }) => sum + mean[i] / K, 0))
  const errorOf = (made: ReturnType<typeof shards>): { mah: number; trace: number } => {
    const product = gaussianProduct(made.map(({ shard }) => shard))
    let trace = 0
    for (let i = 0; i < d; i++) trace += product.covariance[i * d + i] / d
    return { mah: mahalanobis(product.mean, truth(made), identity(d)), trace }
  }

  it.each([2000, 300])('score moments keep the error of the mean below 1.4 sqrt(d/T), T = %i', T => {
    const { mah, trace } = errorOf(shards(T, true))
    expect(mah).toBeLessThan(1.4 * Math.sqrt(d / T))
    expect(trace).toBeCloseTo(1, 6)
  })

  it('inverse covariances cannot: about sqrt(d (d + 2)/T); their bias factors keep the variance right', () => {
    const many = errorOf(shards(2000, false))
    expect(many.mah).toBeGreaterThan(1.4 * Math.sqrt(d / 2000))
    expect(many.mah / Math.sqrt((d * (d + 2)) / 2000)).toBeGreaterThan(0.5)
    expect(many.mah / Math.sqrt((d * (d + 2)) / 2000)).toBeLessThan(1.5)
    expect(many.trace).toBeGreaterThan(0.98)
    expect(many.trace).toBeLessThan(1.02)
    const { trace } = errorOf(shards(300, false))
    expect(trace).toBeGreaterThan(0.97)
    expect(trace).toBeLessThan(1.03) // 1.05 without the second-order factor, 0.70 without either
  })

  it.each([true, false])('fewer draws than parameters are refused by name, scores recorded: %s', scores => {
    expect(() => errorOf(shards(90, scores))).toThrow(/Shard 0 has 90.0 effective draws for 100 parameters; more than 102/)
  })

  it('effective draws count, not draws: without scores 150 draws worth 12 do not know 10 parameters', () => {
    const sample = gaussianSample({ mean: new Float64Array(10), covariance: identity(10), draws: 150, seed: 3 })
    const pair = (of: typeof sample | ReturnType<typeof withoutScores>) => [0, 1].map(shard => shardOf(of, { shard, of: 2, ess: 12 }))
    expect(() => gaussianProduct(pair(withoutScores(sample)))).toThrow(expect.objectContaining({ code: 'CHORALE_COMBINE_TOO_FEW_DRAWS' }))
    expect(gaussianProduct(pair(sample)).shards[0].method).toBe('score')
  })
})
