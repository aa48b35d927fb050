import type { MomentBatch } from '@chorale/core/contracts'

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
}

/** The sum of the contributions of all shards, in their order. */
export function totalOf(contributions: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(contributions[0].length)
  for (const contribution of contributions) for (let i = 0; i < total.length; i++) total[i] += contribution[i]
  return total
}
