import { median } from './median.js'
import { checkShardPosteriors, precisionWeighted, type CombinedPosterior, type ShardPosterior } from './shard-posterior.js'

/** Turns a median absolute deviation into the standard deviation of a normal distribution: its 0.75 quantile. */
const MAD_OF_STANDARD_NORMAL = 0.6745
const SMALLEST_SPREAD = 1e-12

export interface RobustConsensusOptions {
  /** Deviations from the median, in scaled median absolute deviations, beyond which a shard is an outlier. Default 3. */
  readonly outlierSigma?: number
}

export interface RobustConsensus extends CombinedPosterior {
  /** Places in the list of the shards whose precision was divided by the number of shards. */
  readonly outliers: number[]
}

/**
 * `consensusMC` with the precision of outlying shards divided by K, with the numbers of the Python reference's `robust_consensus_mc`.
 *
 * For people who move over. Not what a run uses: a shard is an outlier when the mean of *any* parameter strays, so false alarms grow with the number
 * of parameters (96 % at K = 8, p = 14), the shards' own uncertainties are ignored, the floor of 1e-12 is absolute, and a stuck chain keeps 1/K of an
 * enormous precision and still wins. Use the combiner `robust`.
 *
 * Throws as `consensusMC`; at least two shards are needed.
 */
export function robustConsensusMC(shardPosteriors: readonly ShardPosterior[], options: RobustConsensusOptions = {}): RobustConsensus {
  checkShardPosteriors(shardPosteriors, 2)
  const { outlierSigma = 3 } = options
  const strays = shardPosteriors.map(() => false)
  shardPosteriors[0].mean.forEach((_, parameter) => {
    const means = shardPosteriors.map(shard => shard.mean[parameter])
    const centre = median(means)
    const distances = means.map(mean => Math.abs(mean - centre))
    const spread = Math.max(median(distances) / MAD_OF_STANDARD_NORMAL, SMALLEST_SPREAD)
    distances.forEach((distance, place) => {
      if (distance / spread > outlierSigma) strays[place] = true
    })
  })
  const combined = precisionWeighted(
    shardPosteriors,
    strays.map(stray => (stray ? 1 / shardPosteriors.length : 1)),
  )
  return { ...combined, outliers: strays.flatMap((stray, place) => (stray ? [place] : [])) }
}
