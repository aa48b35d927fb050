import type { MomentBatch, SubPosteriorMoments } from '@chorale/core/contracts'
import { sumContributions, type ContributionSums } from './contribution-sums.js'
import { jackknifeBatches, JACKKNIFE_BATCHES, leaveOneOut, mergeMoments } from './merge-moments.js'

/** Mean (length d) and covariance (d x d, row-major) of a combined posterior, on the unconstrained scale. */
export interface CombinedMoments {
  readonly mean: Float64Array
  readonly covariance: Float64Array
}

/**
 * A combination whose moments follow from a sum over shards, so that leaving out a batch of one shard costs one shard's work.
 * Every combination of moments here is one: natural parameters add, and so do weights and weighted means.
 */
export interface AdditiveCombination {
  /** What the shard at this place of the list adds, from these moments of it: always the same length. Undefined when they do not suffice. */
  contribution(place: number, moments: MomentBatch): Float64Array | undefined
  /** The combined moments of a sum of contributions. Undefined when the sum is not that of a proper posterior. */
  finish(total: Float64Array): CombinedMoments | undefined
  /** The sums over all shards, where they were made on the way. */
  readonly sums?: ContributionSums
}

/** The sum of the contributions of all shards, in their order. */
export function totalOf(contributions: readonly Float64Array[]): Float64Array {
  return sumContributions(contributions.length, place => ({ full: contributions[place], leftOut: undefined })).total
}

/** Into so many batches every shard can be cut, at most 20. */
export const leastBatches = (shards: readonly SubPosteriorMoments[]): number =>
  shards.reduce((least, { moments }) => Math.min(least, moments.batches.filter(({ count }) => count > 0).length), JACKKNIFE_BATCHES)

/** The sums of a combination, in one pass over the shards. Throws a `RangeError` when a shard does not suffice for it. */
export function sumsOf(shards: readonly SubPosteriorMoments[], combination: AdditiveCombination): ContributionSums {
  if (combination.sums !== undefined) return combination.sums
  const groups = leastBatches(shards)
  return sumContributions(shards.length, place => {
    const { batches } = shards[place].moments
    const full = combination.contribution(place, mergeMoments(batches))
    if (full === undefined) throw new RangeError('a shard does not suffice for this combination')
    const leftOut =
      groups < 2 ? [undefined] : leaveOneOut(jackknifeBatches(batches, groups)).map(part => combination.contribution(place, part))
    return { full, leftOut: leftOut.every(part => part !== undefined) ? leftOut : undefined }
  })
}
