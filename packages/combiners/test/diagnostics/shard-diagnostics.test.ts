import { describe, expect, it } from 'vitest'
import { adviseShards, gaussian, gaussianProduct } from '../../src/index.js'
import { leaveOneOutShift } from '../../src/diagnostics/leave-one-out-shift.js'
import { shardDiagnostics } from '../../src/diagnostics/shard-diagnostics.js'
import { skewnessBias } from '../../src/diagnostics/skewness-bias.js'
import { c1, c2, golden } from '../acceptance/cases.js'
import { contextOf, gaussianSample, identity, mahalanobis, shardOf } from '../shards.js'

describe('what moments say of the shards', () => {
  it('the shift without a shard is the distance to the product of the others', () => {
    const { shards } = c1({ draws: 1000 })
    const all = gaussianProduct(shards)
    const without = gaussianProduct(shards.filter((_, place) => place !== 3).map(shard => ({ ...shard }))) // prettier-ignore
    const expected = mahalanobis(all.mean, without.mean, all.covariance)
    const json = shardDiagnostics(shards, all).json.shards as { leaveOneOut: number; influence: number }[]
    // Score moments of Gaussian draws know precision and shift exactly, sample means do not.
    expect(Math.abs(json[3].leaveOneOut - expected)).toBeLessThan(4 * Math.sqrt(5 / 1000))
    expect(json.reduce((sum, { influence }) => sum + influence, 0)).toBeCloseTo(1, 10)
  })

  it('a shard that alone knows a parameter has no shift: nothing proper remains without it', () => {
    const combined = { mean: Float64Array.of(0), covariance: Float64Array.of(1) }
    expect(leaveOneOutShift(combined)({ mean: Float64Array.of(0), precision: Float64Array.of(1) })).toBeUndefined()
    expect(leaveOneOutShift(combined)({ mean: Float64Array.of(1), precision: Float64Array.of(0.5) })).toBeCloseTo(1, 12)
  })

  it('the predicted bias is of the size of the error (C2: 1.18 posterior sd)', () => {
    const { shards } = c2()
    const product = gaussianProduct(shards)
    const error = Math.abs(golden.C2theta.gp[0] - golden.C2theta.mean[0]) / Math.sqrt(golden.C2theta.cov[0][0])
    const { value, upper95 } = skewnessBias(shards, product)!
    expect(value).toBeGreaterThan(0.8 * error)
    expect(value).toBeLessThan(1.5 * error)
    expect(upper95).toBeGreaterThan(value)
  })

  it('the upper limit of the predicted bias of Gaussian shards holds and does not grow with the number of shards', () => {
    for (const of of [4, 16]) {
      const shards = Array.from({ length: of }, (_, shard) =>
        shardOf(gaussianSample({ mean: [0, 0, 0], covariance: identity(3), draws: 1000, seed: 50 * of + shard }), { shard, of }),
      )
      const { value, upper95 } = skewnessBias(shards, gaussianProduct(shards))!
      // 0.5 sqrt(2 d (d + 2)/T) = 0.087 of noise
      expect(value).toBeLessThan(3 * 0.087)
      expect(upper95).toBeGreaterThan(0.05)
      expect(upper95).toBeLessThan(0.35)
    }
  })

  it('two thousand shards are reported from moments alone', async () => {
    const sample = gaussianSample({ mean: [0, 0], covariance: identity(2), draws: 60, seed: 5 })
    const shards = Array.from({ length: 2000 }, (_, shard) => shardOf(sample, { shard, of: 2000, batches: 3 }))
    const { diagnostics } = await gaussian.combine(shards.map(({ draws: _, ...moments }) => moments), contextOf({}).context) // prettier-ignore
    expect((diagnostics!.shards as unknown[]).length).toBe(2000)
    expect(diagnostics!.heterogeneity).toMatchObject({ df: 3998 })
  })
})

describe('advice on the number of shards', () => {
  it('keeps the predicted bias below the limit, as measured on the logistic regression with a rare predictor (.19 sd for 4 shards, 1.14 for 20)', () => {
    expect(adviseShards({ shards: 20, predictedBias: 1.14 })).toBe(2)
    expect(adviseShards({ shards: 20, predictedBias: 1.14 }, { limit: 0.2 })).toBe(4)
    expect(adviseShards({ shards: 8, predictedBias: 0.01 }, { largest: 64 })).toBe(64)
    expect(adviseShards({ shards: 8, predictedBias: 0 }, { largest: 64 })).toBe(64)
    expect(adviseShards({ shards: 2, predictedBias: 5 })).toBe(1)
  })

  it('refuses a pilot that cannot know', () => {
    expect(() => adviseShards({ shards: 1, predictedBias: 0 })).toThrow(RangeError)
    expect(() => adviseShards({ shards: 4, predictedBias: NaN })).toThrow(RangeError)
  })
})
