import type { SubPosteriorMoments } from '@chorale/core/contracts'
import type { GaussianProduct, ShardPart } from '../gaussian/gaussian-product.js'

/** A shard as the diagnostics see it: a Gaussian that is its part of the posterior. */
export interface ShardGaussian {
  readonly shard: number
  readonly mean: Float64Array
  /** Of the fractionated sub-posterior (that of an inflated one divided by its likelihood power), d x d. */
  readonly precision: Float64Array
  /** Effective number of draws behind the mean: the smallest of the coordinates. */
  readonly ess: number
}

/** One shard of a product at a time, so that nothing but the product itself is kept of 10,000 shards. */
export const shardGaussian = (shards: readonly SubPosteriorMoments[], product: GaussianProduct, place: number): ShardGaussian =>
  partOfPosterior(shards[place], product.shards[place])

/** What a shard's part of a product says of it. */
export function partOfPosterior({ shard, ess, powers }: SubPosteriorMoments, { mean, count, precision }: ShardPart): ShardGaussian {
  return {
    shard,
    mean,
    precision: powers.likelihood === 1 ? precision : precision.map(value => value / powers.likelihood),
    ess: ess.mean.reduce((least, value) => Math.min(least, value), count),
  }
}
