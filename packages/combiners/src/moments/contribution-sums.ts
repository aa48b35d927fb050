import { addInto } from '../linear-algebra/matrix.js'

/** What a combination of moments is made from: a sum over shards, with every draw and with some left out. */
export interface ContributionSums {
  readonly total: Float64Array
  /** The sums that lack one batch of every shard, the same share of each. Undefined where a shard has fewer than two batches or cannot do without one. */
  readonly leftOut: readonly Float64Array[] | undefined
}

/** What one shard adds to each of the sums. */
export interface Contribution {
  readonly full: Float64Array
  readonly leftOut: readonly Float64Array[] | undefined
}

/** Sums what the shards add, in their order. Nothing of a shard is kept. At least one shard. */
export function sumContributions(shards: number, contributionAt: (place: number) => Contribution): ContributionSums {
  const first = contributionAt(0)
  const total = first.full.slice()
  let leftOut = first.leftOut?.map(part => part.slice())
  for (let place = 1; place < shards; place++) {
    const own = contributionAt(place)
    addInto(total, own.full)
    if (own.leftOut === undefined) leftOut = undefined
    else leftOut?.forEach((sum, batch) => addInto(sum, own.leftOut![batch]))
  }
  return { total, leftOut }
}
