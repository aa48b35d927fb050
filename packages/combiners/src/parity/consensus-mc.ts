import { checkShardPosteriors, precisionWeighted, type CombinedPosterior, type ShardPosterior } from './shard-posterior.js'

/**
 * Precision-weighted mean and covariance of shard summaries, with the numbers of the Python reference's `consensus_mc`.
 *
 * For people who move over. Not what a run uses: sample covariances are inverted as they are (their inverses are too large by about
 * (n - 1)/(n - d - 2) and their noise adds d(d + 2)/n to the squared error), singular ones silently become pseudo-inverses, and nothing checks that
 * they are symmetric and positive definite. Use the combiner `gaussian` or `consensus` instead.
 *
 * Throws `CHORALE_COMBINE_NO_USABLE_SHARD` without shards, `CHORALE_COMBINE_MISMATCH` when sizes differ, `CHORALE_COMBINE_NOT_FINITE`.
 */
export function consensusMC(shardPosteriors: readonly ShardPosterior[]): CombinedPosterior {
  checkShardPosteriors(shardPosteriors, 1)
  return precisionWeighted(
    shardPosteriors,
    shardPosteriors.map(() => 1),
  )
}
