import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { MomentBatch, SubPosteriorDraws } from '@chorale/core/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consensus, edgeworth, gaussian, gaussianProduct, jackknifeSummary, mergeMoments } from '../src/index.js'
import { shardDiagnostics } from '../src/diagnostics/shard-diagnostics.js'
import { sampleMoments } from '../src/draws/sample-moments.js'
import { manyShards } from './many-shards.js'
import { contextOf, gaussianSample, identity, momentsOf, shardOf, withoutScores, type Sample } from './shards.js'

/** Natural parameters of the product: precision and precision times mean, relative to their largest entry. */
const distance = (a: Float64Array, b: Float64Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / Math.max(...b.map(Math.abs))

describe('moments of draws in pieces', () => {
  const d = 4
  const samples = Array.from({ length: 6 }, (_, s) =>
    gaussianSample({ mean: [s, -s, 0.1 * s, 100], covariance: identity(d, 1 + s), draws: 420, seed: s }),
  )
  const cutAt = (sample: Sample, cuts: readonly number[]): MomentBatch[] => {
    const edges = [0, ...cuts, 420]
    return edges.slice(1).map((to, b) => momentsOf(sample, edges[b], to))
  }
  /** Merged two neighbours at a time, in the order that the choices say. */
  const merged = (batches: readonly MomentBatch[], choices: readonly number[]): MomentBatch => {
    const left = [...batches]
    for (let step = 0; left.length > 1; step++) {
      const at = choices[step % choices.length] % (left.length - 1)
      left.splice(at, 2, mergeMoments([left[at], left[at + 1]]))
    }
    return left[0]
  }

  it.each([true, false])('give one product, whatever the pieces and the order in which they are merged (scores: %s)', scores => {
    const made = samples.map(sample => (scores ? sample : withoutScores(sample)))
    const productOf = (batchesOf: (sample: Sample, shard: number) => readonly MomentBatch[]) =>
      gaussianProduct(
        made.map((sample, shard) => {
          const whole = shardOf(sample, { shard, of: made.length, skewness: 'not recorded' })
          return { ...whole, moments: { dimension: d, batches: batchesOf(sample, shard) } }
        }),
      )
    const evenly = (count: number) => Array.from({ length: count - 1 }, (_, b) => ((b + 1) * 420) / count)
    const base = productOf(sample => cutAt(sample, evenly(20)))
    const check = (other: ReturnType<typeof gaussianProduct>): void => {
      expect(distance(other.mean, base.mean)).toBeLessThan(1e-12)
      expect(distance(other.covariance, base.covariance)).toBeLessThan(1e-12)
      other.shards.forEach(({ precision }, place) => expect(distance(precision, base.shards[place].precision)).toBeLessThan(1e-12))
    }
    for (const count of [1, 7]) check(productOf(sample => cutAt(sample, evenly(count))))
    const cuts = fc.uniqueArray(fc.integer({ min: 20, max: 400 }), { minLength: 1, maxLength: 12 }).map(own => own.sort((a, b) => a - b))
    fc.assert(
      fc.property(cuts, fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), (own, choices) => {
        check(productOf(sample => [merged(cutAt(sample, own), choices)]))
      }),
      { numRuns: 25, seed: 1 },
    )
  })
})

/** Shards whose moments lie in one buffer for all of them: the next access, of any shard, overwrites what the last one gave. */
function inOneBuffer(shards: readonly SubPosteriorDraws[]): { readonly shards: SubPosteriorDraws[]; readonly accesses: () => number } {
  const parts = ['mean', 'crossProducts', 'scoreMean', 'scoreCrossProducts'] as const
  const most = Math.max(...shards.map(({ moments }) => moments.batches.length))
  const width = parts.reduce((total, part) => total + shards[0].moments.batches[0][part].length, 0)
  const buffer = new Float64Array(most * width)
  let accesses = 0
  const batchesOf = (all: readonly MomentBatch[]): MomentBatch[] => {
    accesses++
    buffer.fill(NaN)
    return all.map((batch, place) => {
      let at = place * width
      const copied = parts.map(part => {
        const own = buffer.subarray(at, (at += batch[part].length))
        own.set(batch[part])
        return [part, own] as const
      })
      return { count: batch.count, ...Object.fromEntries(copied) } as MomentBatch
    })
  }
  return {
    shards: shards.map(shard => {
      const { batches, ...rest } = shard.moments
      return { ...shard, moments: { ...rest, get batches() { return batchesOf(batches) } } } // prettier-ignore
    }),
    accesses: () => accesses,
  }
}

describe('400 shards whose moments are in memory one at a time', () => {
  const { shards, mean, sd } = manyShards({ count: 400, dimension: 8, draws: 100 })
  const inMemory = (shard: SubPosteriorDraws) => ({ ...shard, moments: { ...shard.moments, batches: shard.moments.batches } })
  const kept = shards.map(inMemory)
  const fewer = manyShards({ count: 120, dimension: 4, draws: 100 }).shards.map(inMemory)
  const combine = async (own: readonly SubPosteriorDraws[], combiner = gaussian) =>
    combiner.combine(own, contextOf({}, { size: 200 }).context)

  it('are combined as those that are all there, with their diagnostics and standard errors', async () => {
    const all = await combine(kept)
    const { shards: streamed, accesses } = inOneBuffer(kept)
    expect(await combine(streamed)).toEqual(all)
    expect(accesses() / 400).toBeLessThan(8)
    const found = all.diagnostics?.mean as number[]
    found.forEach((value, i) => expect(Math.abs(value - mean[i]) / sd[i]).toBeLessThan(1e-10)) // score moments are exact
  })

  it.each([
    ['consensus', (own: readonly SubPosteriorDraws[]) => consensus.combine(own, contextOf({}, { size: 100 }).context)],
    ['consensus, diagonal', (own: readonly SubPosteriorDraws[]) => consensus.combine(own, contextOf({ weights: 'diagonal' as const }, { size: 100 }).context)], // prettier-ignore
    ['edgeworth', (own: readonly SubPosteriorDraws[]) => edgeworth.combine(own, contextOf({}, { size: 100 }).context)],
  ])('so they are by %s', async (_, by) => expect(await by(inOneBuffer(fewer).shards)).toEqual(await by(fewer)))

  it('say the same where their precisions do not fit into memory and are computed again', () => {
    const product = gaussianProduct(kept)
    const again = gaussianProduct(inOneBuffer(kept).shards, { keptBytes: 0 })
    const without = ({ shards: own, combination: _, ...rest }: typeof product) => ({ ...rest, shards: own.map(part => ({ ...part })) })
    expect(without(again)).toEqual(without(product))
    expect(shardDiagnostics(inOneBuffer(kept).shards, again)).toEqual(shardDiagnostics(kept, product))
  })
})

describe('standard errors of more than 100 shards', () => {
  const draws = 100
  const made = (seed: number, K: number): SubPosteriorDraws[] =>
    Array.from({ length: K }, (_, shard) =>
      shardOf(withoutScores(gaussianSample({ mean: [shard % 3, 0], covariance: [2, 1, 1, 2], draws, seed: 1000 * seed + shard })), {
        shard,
        of: K,
        skewness: 'not recorded',
      }),
    )

  it('are those of 100: nothing changes at the limit but the number of replicates', () => {
    const [before, after] = [100, 101].map(K => {
      const shards = made(1, K)
      return jackknifeSummary(shards, gaussianProduct(shards).combination)
    })
    // 19 replicates that are free know a standard error to 1/sqrt(2 * 19).
    for (const part of ['mcseMean', 'mcseSd', 'mcseQ5'] as const) {
      after[part].forEach((value, i) => expect(Math.abs(Math.log(value / before[part][i]))).toBeLessThan(4 / Math.sqrt(2 * 19)))
    }
  })

  it('are the spread of repeated combinations, and so is that of the draws left out', async () => {
    const repetitions = 24
    const runs = await Promise.all(
      Array.from({ length: repetitions }, async (_, seed) => gaussian.combine(made(seed, 120), contextOf({}, { size: 50 }).context)),
    )
    const column = (name: string) => runs.map(({ diagnostics }) => (diagnostics?.[name] as number[])[0])
    const rms = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
    const centred = (values: readonly number[]) => values.map(value => value - values.reduce((a, b) => a + b, 0) / values.length)
    const spread = rms(centred(column('mean'))) * Math.sqrt(repetitions / (repetitions - 1))
    const allowed = 4 * Math.sqrt(1 / (2 * (repetitions - 1)) + 1 / (2 * 19 * repetitions))
    expect(Math.abs(Math.log(rms(column('mcseMean')) / spread))).toBeLessThan(allowed)
    const ofDraws = runs.map(({ leftOut = [] }) => Math.sqrt(19) * rms(centred(leftOut.map(left => sampleMoments(left).mean[0]))))
    expect(Math.abs(Math.log(rms(ofDraws) / spread))).toBeLessThan(allowed)
  })
})

describe('draws without a batch of every shard', () => {
  const shards = Array.from({ length: 3 }, (_, shard) =>
    shardOf(gaussianSample({ mean: [shard], covariance: [1], draws: 60, seed: shard }), { shard, of: 3 }),
  )
  const leftOutBy = async (combiner: typeof gaussian | typeof consensus, own: readonly SubPosteriorDraws[]) =>
    (await combiner.combine(own, contextOf({}, { size: 300 }).context)).leftOut

  it.each([
    ['gaussian', gaussian],
    ['consensus', consensus],
  ] as const)('have the moments of a combination of the rest (%s)', async (_, combiner) => {
    const plain = shards.map(shard => ({ ...shard, moments: { ...shard.moments, batches: shard.moments.batches.map(({ scoreMean: _s, scoreCrossProducts: _x, ...rest }) => ({ ...rest, scoreMean: new Float64Array(0), scoreCrossProducts: new Float64Array(0) })) } })) // prettier-ignore
    const leftOut = (await leftOutBy(combiner, plain))!
    expect(leftOut).toHaveLength(20)
    const batch = 4
    const rest = plain.map(shard => ({ ...shard, moments: { ...shard.moments, batches: shard.moments.batches.filter((_b, b) => b !== batch) } })) // prettier-ignore
    const product = gaussianProduct(rest)
    const { mean, covariance } = sampleMoments(leftOut[batch])
    const noise = combiner === gaussian ? 4 / Math.sqrt(300) : 0.02 // averages are moved to it; 300 of them are every m-th or all
    expect(Math.abs(mean[0] - product.mean[0]) / Math.sqrt(product.covariance[0])).toBeLessThan(noise)
    expect(Math.abs(Math.sqrt(covariance[0] / product.covariance[0]) - 1)).toBeLessThan(noise + 0.03)
  })

  it.each([
    ['gaussian', gaussian],
    ['consensus', consensus],
  ] as const)('are none where a shard has one batch: its error cannot be told (%s)', async (_, combiner) => {
    const [first, ...others] = shards
    const whole = { ...first, moments: { ...first.moments, batches: [mergeMoments(first.moments.batches)] } }
    expect(await leftOutBy(combiner, [whole, ...others])).toEqual([])
  })
})

/** A process that has loaded packages and problems takes 160. */
const MEGABYTES = 220

it('takes memory that does not grow with the moments of the shards: 800 with 110 MB of them', { timeout: 60_000 }, async () => {
  const program = new URL('../../../bench/combiners/many-shards.mjs', import.meta.url).pathname
  const argv = ['--max-old-space-size=64', program, '--shards', '800', '--dimension', '20', '--draws', '60']
  const found = JSON.parse((await promisify(execFile)(process.execPath, argv)).stdout) as {
    megabytes: number
    errorOfMean: number
    leftOut: number
  }
  expect(found.megabytes).toBeLessThan(MEGABYTES)
  expect([found.leftOut, found.errorOfMean < 1e-9]).toEqual([20, true])
})
