import { essMean, heterogeneity, type Heterogeneity } from '@chorale/diagnostics'

import { fitGaussian } from './gaussian-fit.js'
import type { CompletedShard } from './shard-results.js'
import { concatenate } from './sub-posteriors.js'

/** Beyond this share of unexplained disagreement, and with p below the level, shards are said to disagree. */
const MAX_I2 = 0.5
const LEVEL = 0.001

/** Cochran's Q over the shards, on the unconstrained scale, in units of their own covariances. */
export function shardHeterogeneity(shards: readonly CompletedShard[]): Heterogeneity {
  return heterogeneity(
    shards.map(({ chains }) => {
      const { draws, dimension, positions } = concatenate(chains)
      const { mean, covariance } = fitGaussian({ draws, dimension, values: positions })
      const ess = Float64Array.from({ length: dimension }, (_, j) =>
        essMean(chains.map(chain => Float64Array.from({ length: chain.draws }, (_, i) => chain.positions[i * dimension + j]!))),
      )
      return { mean, covariance, ess }
    }),
  )
}

/** Whether shards contradict each other; NaN counts as a contradiction. */
export const contradictory = ({ pValue, i2 }: Heterogeneity): boolean => !(pValue >= LEVEL || i2 <= MAX_I2)
