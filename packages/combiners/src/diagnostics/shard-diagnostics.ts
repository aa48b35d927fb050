import type { JsonObject, SubPosteriorMoments } from '@chorale/core/contracts'
import type { GaussianProduct } from '../gaussian-product.js'
import { weakShards } from '../weak-shards.js'
import { cochranQ, type CombinedHeterogeneity } from './heterogeneity.js'
import { finiteOrNull } from './json-number.js'
import { refuseSwitchedLabels } from './label-switching.js'
import { leaveOneOutShift } from './leave-one-out-shift.js'
import { shardGaussian } from './shard-gaussians.js'
import { predictedBias, skewnessBias, type PredictedBias } from './skewness-bias.js'

/** What the shards' moments alone say about any combination of them. */
export interface ShardDiagnostics {
  readonly heterogeneity: CombinedHeterogeneity | undefined
  readonly predictedBias: PredictedBias | undefined
  /** Numbers of the shards that hardly identify some direction (see `weakShards`). */
  readonly weakShards: readonly number[]
  readonly json: JsonObject
}

/**
 * `heterogeneity` { q, df, p, i2 }; `predictedBias` { value, upper95 }; `weakShards` where there are any; and of each shard its `method`, `influence`, `leaveOneOut` shift (posterior sd) and
 * `predictedBias` if all were like it. A figure that cannot be told is null. One shard at a time: memory grows with the report only.
 *
 * Throws `CHORALE_COMBINE_LABEL_SWITCHING` (see `refuseSwitchedLabels`).
 */
export function shardDiagnostics(shards: readonly SubPosteriorMoments[], product: GaussianProduct): ShardDiagnostics {
  const gaussianAt = (place: number) => shardGaussian(shards, product, place)
  const heterogeneity = cochranQ(shards.length, gaussianAt)
  if (heterogeneity && heterogeneity.p < 1e-3) refuseSwitchedLabels(shards, gaussianAt)
  const bias = skewnessBias(shards, product)
  const weak = weakShards(shards, product)
  return {
    heterogeneity,
    predictedBias: bias,
    weakShards: weak,
    json: {
      heterogeneity: heterogeneity ? { ...heterogeneity } : null,
      predictedBias: bias ? { ...bias } : null,
      ...(weak.length > 0 ? { weakShards: weak } : {}),
      shards: shards.map((shard, place) => ({
        shard: shard.shard,
        method: product.shards[place].method,
        influence: product.shards[place].influence,
        leaveOneOut: shards.length === 1 ? null : finiteOrNull(leaveOneOutShift(product, gaussianAt(place))),
        predictedBias: finiteOrNull(predictedBias(shard, shards.length)),
      })),
    },
  }
}
