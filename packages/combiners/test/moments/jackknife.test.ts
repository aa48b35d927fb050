import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'
import { deleteOneBatchVariance } from '../../src/moments/delete-one-batch.js'
import { gaussian, gaussianProduct, jackknifeSummary, weightedAverage } from '../../src/index.js'
import { contextOf, gammaVariates, gaussianSample, identity, scalarSample, shardOf, withoutScores } from '../shards.js'

const summaryOf = (shards: Parameters<typeof gaussianProduct>[0]) => jackknifeSummary(shards, gaussianProduct(shards).combination)

describe('deleteOneBatchVariance', () => {
  it('of a mean is the variance of batch means over their number', () => {
    const batches = [3, 1, 4, 1, 5]
    const mean = 14 / 5
    const replicates = batches.map(value => Float64Array.of((14 - value) / 4))
    const expected = batches.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4 / 5
    expect(deleteOneBatchVariance(Float64Array.of(mean), replicates, [7, 7, 7, 7, 7])[0]).toBeCloseTo(expected, 12)
  })

  it('of a weighted mean with unequal batches is right on average', () => {
    const stream = createStream(prngKey(2))
    const sizes = [10, 20, 30, 40, 50, 60]
    const repetitions = 3000
    let sum = 0
    for (let r = 0; r < repetitions; r++) {
      const totals = sizes.map(size => Array.from({ length: size }, () => stream.normal()).reduce((a, b) => a + b, 0))
      const all = totals.reduce((a, b) => a + b, 0)
      const replicates = totals.map((total, b) => Float64Array.of((all - total) / (210 - sizes[b])))
      sum += deleteOneBatchVariance(Float64Array.of(all / 210), replicates, sizes)[0]
    }
    const relativeSe = Math.sqrt(2 / 5 / repetitions)
    expect(Math.abs((sum / repetitions) * 210 - 1)).toBeLessThan(5 * relativeSe)
  })
})

describe('jackknifeSummary', () => {
  it('knows that the mean of one shard of T independent draws is known to sd/sqrt(T), its sd to sd/sqrt(2T)', () => {
    const T = 4000
    const shard = shardOf(gaussianSample({ mean: [0, 0], covariance: [4, 0, 0, 4], draws: T, seed: 1 }), { shard: 0, of: 1 })
    const summary = summaryOf([shard])
    const relativeSe = 1 / Math.sqrt(2 * 19)
    for (const i of [0, 1]) {
      expect(Math.abs((summary.mcseMean[i] * Math.sqrt(T)) / 2 - 1)).toBeLessThan(3.5 * relativeSe)
      expect(Math.abs((summary.mcseSd[i] * Math.sqrt(2 * T)) / 2 - 1)).toBeLessThan(3.5 * relativeSe)
      expect(summary.ess[i]).toBeCloseTo((summary.sd[i] / summary.mcseMean[i]) ** 2, 6)
    }
  })

  it.each([true, false])('predicts the spread of 150 repeated combinations (score moments: %s)', scores => {
    const [K, T, repetitions] = [3, 400, 150]
    const gamma = gammaVariates(90)
    const runs = Array.from({ length: repetitions }, () =>
      summaryOf(
        Array.from({ length: K }, (_, shard) => {
          const sample = scalarSample(T, () => (shard + 1) * gamma(9), value => 8 / value - 1 / (shard + 1)) // prettier-ignore
          return shardOf(scores ? sample : withoutScores(sample), { shard, of: K })
        }),
      ),
    )
    const spread = (values: number[]): number => {
      const centre = values.reduce((a, b) => a + b, 0) / repetitions
      return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (repetitions - 1))
    }
    const rms = (values: number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / repetitions)
    for (const [figure, mcse] of [
      ['mean', 'mcseMean'],
      ['sd', 'mcseSd'],
    ] as const) {
      // prettier-ignore
      const ratio = rms(runs.map(run => run[mcse][0])) / spread(runs.map(run => run[figure][0]))
      expect(Math.abs(ratio - 1)).toBeLessThan(4 / Math.sqrt(2 * repetitions))
    }
    const q95 = runs.map(run => run.mean[0] + 1.6448536269514722 * run.sd[0])
    expect(Math.abs(rms(runs.map(run => run.mcseQ95[0])) / spread(q95) - 1)).toBeLessThan(4 / Math.sqrt(2 * repetitions))
  })

  it('sees autocorrelation: K chains of T draws with AR(1) 0.9 are worth T/19, K shards or one', () => {
    const [K, T] = [4, 8000]
    const stream = createStream(prngKey(3))
    const shards = Array.from({ length: K }, (_, shard) => {
      let state = stream.normal()
      const values = Float64Array.from({ length: T }, () => (state = 0.9 * state + Math.sqrt(0.19) * stream.normal()))
      return shardOf({ dimension: 1, values }, { shard, of: K, ess: T / 19 })
    })
    const { ess } = jackknifeSummary(shards, weightedAverage(shards, 'equal').combination)
    expect(Math.abs(Math.sqrt((19 * ess[0]) / T) - 1)).toBeLessThan(4 / Math.sqrt(2 * 19 * K))
  })

  it('does not invent an error when there is one batch', async () => {
    const sample = gaussianSample({ mean: [0, 0], covariance: identity(2), draws: 100, seed: 1 })
    const shards = [0, 1].map(shard => shardOf(sample, { shard, of: 2, batches: 1 }))
    expect(summaryOf(shards).mcseMean).toEqual(Float64Array.of(NaN, NaN))
    const { diagnostics } = await gaussian.combine(shards, contextOf({}).context)
    expect(diagnostics?.mcseMean).toEqual([null, null])
    expect(JSON.parse(JSON.stringify(diagnostics))).toEqual(diagnostics)
  })
})
