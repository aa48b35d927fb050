import { expect, it } from 'vitest'
import type { CombinedDraws, CombinerDefinition, SubPosteriorDraws } from '@chorale/core/contracts'
import { c10, c12, c2, c2Whole, c7 } from './cases.js'
import { affineError, mapShards, snapshot, withUnequalCounts } from './properties.js'
import { contextOf, gaussianSample, scalarSample, shardOf, withoutScores } from '../shards.js'
import { createStream, prngKey } from '@chorale/random'

type DrawsCombiner<O> = CombinerDefinition<{ readonly draws: true; readonly evaluator: 'never' }, O>

/** What holds for every combiner that multiplies densities estimated from draws. */
export function kernelCombinerFacts<O>(combiner: DrawsCombiner<O>, options: O): void {
  const combine = async (shards: readonly SubPosteriorDraws[], settings: { seed?: number; size?: number } = {}): Promise<CombinedDraws> =>
    combiner.combine(shards, contextOf(options, { size: 200, ...settings }).context)

  it('does not depend on the order of shards of unequal length, nor change them; the same key gives the same bytes', async () => {
    const { shards } = withUnequalCounts(c2({ draws: 300 }))
    const before = await snapshot(shards)
    const one = await combine(shards)
    expect(one.draws.draws).toBe(200)
    expect(await combine([...shards].reverse())).toEqual(one)
    expect(await snapshot(shards)).toEqual(before)
    expect((await combine(shards, { seed: 2 })).draws).not.toEqual(one.draws)
  })

  it('follows affine maps of the draws, draw by draw', async () => {
    const made = c7({ draws: 300 })
    const { B, c, shards } = await mapShards(made)
    const [plain, other] = [await combine(made.shards), await combine(shards)]
    expect(affineError(plain.draws, other.draws, B, c)).toBeLessThan(1e-9)
  })

  it('returns a single shard as it is', async () => {
    const sample = gaussianSample({ mean: [3, 1], covariance: [1, 0.2, 0.2, 2], draws: 200, seed: 3 })
    expect((await combine([shardOf(sample, { shard: 0, of: 1 })])).draws.values).toEqual(sample.values)
  })

  it('is not fooled by common random numbers: the same draws in all eight shards', async () => {
    const sample = withoutScores(gaussianSample({ mean: [0], covariance: [8], draws: 1000, seed: 5 }))
    const { draws } = await combine(Array.from({ length: 8 }, (_, shard) => shardOf(sample, { shard, of: 8 })), { size: 1000 }) // prettier-ignore
    const variance = draws.values.reduce((sum, value) => sum + value * value, 0) / draws.draws
    expect(variance).toBeLessThan(2) // pairing the draws as they come gives 8
    expect(variance).toBeGreaterThan(0.6)
  })

  it('works at any scale: the sd of four shards N(0, 4 s^2) is s', async () => {
    for (const scale of [1e-8, 1, 1e6]) {
      const shards = [0, 1, 2, 3].map(shard => {
        const stream = createStream(prngKey(60 + shard))
        return shardOf(scalarSample(1500, () => 2 * scale * stream.normal(), value => -value / (4 * scale * scale)), { shard, of: 4 }) // prettier-ignore
      })
      const { draws } = await combine(shards, { size: 1500 })
      const sd = Math.sqrt(draws.values.reduce((sum, value) => sum + value * value, 0) / draws.draws)
      expect(Math.abs(sd / scale - 1)).toBeLessThan(0.15)
    }
  })

  it('claims nothing about its own error', async () => {
    expect((await combine(c12(1, { draws: 200 }).shards)).diagnostics!.claim).toMatchObject({ kind: 'unreliable' })
  })

  it('refuses shards that count the Jacobian twenty times, shards with a stand-in prior, and fewer draws than dimensions', async () => {
    await expect(async () => combine(c2Whole({ draws: 100 }).shards)).rejects.toMatchObject({ code: 'CHORALE_COMBINE_POWERS' })
    const standIn = c12(1, { draws: 100 }).shards.map(shard => ({ ...shard, powers: { ...shard.powers, standIns: { theta0: { mean: 0, sd: 3 } } } })) // prettier-ignore
    await expect(async () => combine(standIn)).rejects.toMatchObject({ code: 'CHORALE_COMBINE_POWERS' })
    const few = c10({ dimension: 40, draws: 36, scores: 'none' }).shards
    await expect(async () => combine(few)).rejects.toMatchObject({ code: 'CHORALE_COMBINE_TOO_FEW_DRAWS' })
  })

  it('obeys a caller that aborts', async () => {
    const { context } = contextOf(options)
    await expect(async () => combiner.combine(c12(1, { draws: 100 }).shards, { ...context, signal: AbortSignal.abort() })).rejects.toThrow(
      'aborted',
    )
  })
}
