import type { JsonObject, SubPosteriorMoments } from '@chorale/core/contracts'
import type { GaussianProduct } from '../gaussian/gaussian-product.js'
import { weakness } from '../gaussian/weak-shards.js'
import { runningQ, type CombinedHeterogeneity } from './heterogeneity.js'
import { adviseShards } from './advise-shards.js'
import { finiteOrNull } from './json-number.js'
import { refuseSwitchedLabels } from './label-switching.js'
import { leaveOneOutShift } from './leave-one-out-shift.js'
import { partOfPosterior, shardGaussian } from './shard-gaussians.js'
import { predictedBias, skewnessBias, type PredictedBias } from './skewness-bias.js'

/** What the shards' moments alone say about any combination of them. */
export interface ShardDiagnostics {
  readonly heterogeneity: CombinedHeterogeneity | undefined
  readonly predictedBias: PredictedBias | undefined
  /** Numbers of the shards that hardly identify some direction (see `weakness`). */
  readonly weakShards: readonly number[]
  readonly json: JsonObject
}

/**
 * `heterogeneity` { q, df, p, i2 }; `predictedBias` { value, upper95 }; `advisedShards` (see `adviseShards`); `weakShards` where there are any; and of each shard its `method`, `influence`, `leaveOneOut` shift (posterior sd) and
 * `predictedBias` if all were like it. A figure that cannot be told is null. In two passes over the shards, one at a time: memory grows with the report only.
 *
 * Throws `CHORALE_COMBINE_LABEL_SWITCHING` (see `refuseSwitchedLabels`).
 */
export function shardDiagnostics(shards: readonly SubPosteriorMoments[], product: GaussianProduct): ShardDiagnostics {
  const isWeak = weakness(shards, product)
  const shiftWithout = leaveOneOutShift(product)
  const running = runningQ(product.mean)
  const weak: number[] = []
  const reports = shards.map((shard, place) => {
    const part = { ...product.shards[place] } // its precision is computed once, here
    const gaussian = partOfPosterior(shard, part)
    running.add(gaussian)
    if (isWeak(shard.rows, part.precision)) weak.push(shard.shard)
    return {
      shard: shard.shard,
      method: part.method,
      influence: part.influence,
      leaveOneOut: shards.length === 1 ? null : finiteOrNull(shiftWithout(gaussian)),
      predictedBias: finiteOrNull(predictedBias(shard, shards.length)),
    }
  })
  const heterogeneity = running.result()
  if (heterogeneity && heterogeneity.p < 1e-3) refuseSwitchedLabels(shards, place => shardGaussian(shards, product, place))
  const bias = skewnessBias(shards, product)
  return {
    heterogeneity,
    predictedBias: bias,
    weakShards: weak,
    json: {
      heterogeneity: heterogeneity ? { ...heterogeneity } : null,
      predictedBias: bias ? { ...bias } : null,
      ...advice(shards.length, bias),
      ...(weak.length > 0 ? { weakShards: weak } : {}),
      shards: reports,
    },
  }
}

/** How many shards of the same rows, at most as many as there are, would keep the bias small. */
export const advice = (shards: number, bias: PredictedBias | undefined): { readonly advisedShards?: number } =>
  bias === undefined || shards === 1 ? {} : { advisedShards: adviseShards({ shards, predictedBias: bias.value }, { largest: shards }) }
