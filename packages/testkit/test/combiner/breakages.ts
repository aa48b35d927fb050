import type { CombinedDraws } from '@chorale/core/contracts'
import type { AnyCombiner } from '../../src/combiner/trial.js'
import { changed, combining, diagonal, either, mapFits, optional, product, reweighting } from './toy-combiners.js'

/** A combiner that breaks one clause. */
export interface Breakage {
  readonly clause: string
  readonly combiner: AnyCombiner
}

let calls = 0

/** One broken combiner a clause, in the order of the contract. */
export const breakages: readonly Breakage[] = [
  { clause: 'has a name that settings can use', combiner: { ...product, name: 'Product' } },
  { clause: 'says in a line what it is', combiner: { ...product, summary: '' } },
  {
    clause: 'has an options schema that can be used before anything is loaded',
    combiner: { ...product, options: { type: 'object', required: ['scale'] } } as AnyCombiner,
  },
  { clause: 'says what it needs', combiner: { ...product, needs: { draws: true, evaluator: 'sometimes' as never } } },
  { clause: 'says which sub-posteriors it takes', combiner: { ...product, subPosteriors: 'halved' as never } },
  { clause: 'combines sub-posteriors', combiner: changed(() => ({}) as CombinedDraws) },
  {
    clause: 'gives the number of draws that is wanted',
    combiner: combining((shards, context) => product.combine(shards, { ...context, size: Math.min(context.size, 4000) })),
  },
  {
    clause: 'gives finite draws and weights',
    combiner: changed(combined => ({ ...combined, logWeights: new Float64Array(combined.draws.draws + 1) })),
  },
  {
    clause: 'gives diagnostics that JSON can hold',
    combiner: changed(combined => ({ ...combined, diagnostics: { distance: NaN } })),
  },
  {
    clause: 'gives an importance check in full, where it gives one',
    combiner: reweighting({ result: combined => ({ ...combined, check: { ...combined.check!, paretoK: NaN } }) }),
  },
  {
    clause: 'gives the same bytes for the same key',
    combiner: combining((shards, context) => product.combine(shards, { ...context, key: [1, calls++] })),
  },
  {
    clause: 'leaves its inputs as they are',
    combiner: combining(async (shards, context) => {
      const combined = await product.combine(shards, context)
      ;(await shards[0]!.draws()).values.reverse()
      return combined
    }),
  },
  { clause: 'combines fractionated sub-posteriors as well as inflated ones', combiner: either('inflated') },
  { clause: 'combines without an evaluator', combiner: optional('throws') },
  { clause: "keeps to the evaluator's budget", combiner: reweighting({ asksAgain: 5 }) },
  { clause: 'gives the evaluator the signal of the combination', combiner: reweighting({ ownSignal: true }) },
  { clause: 'passes on that a shard cannot be evaluated', combiner: reweighting({ swallowsFailures: true }) },
  {
    clause: 'is right for one shard',
    combiner: mapFits(fits => (fits.length === 1 ? [{ mean: [0, 0], precision: [1, 0, 0, 1] }] : fits)),
  },
  {
    clause: 'is right for correlated Gaussian sub-posteriors',
    combiner: mapFits(fits => (fits.length === 1 ? fits : fits.map(diagonal))),
  },
  {
    // Wrong by less than the clause before can see, one way there and the other way back.
    clause: 'does not depend on the order of the shards',
    combiner: changed((combined, shards) => {
      const tilt = shards.length > 1 && shards[0]!.moments.batches[0]!.mean[0]! > 0.2 ? 1 : -1
      return { ...combined, draws: { ...combined.draws, values: combined.draws.values.map((x, i) => (i % 2 === 0 ? x + tilt * 0.02 : x)) } }
    }),
  },
]
