import type { Json, JsonObject, SubPosteriorMoments } from '@chorale/core/contracts'
import type { AdditiveCombination } from '../moments/additive-combination.js'
import { claimJson, claimWithin, unreliable, type Claim } from './claim.js'
import { finiteOrNull } from './json-number.js'
import { shardDiagnostics, type ShardDiagnostics } from './shard-diagnostics.js'
import type { GaussianProduct } from '../gaussian/gaussian-product.js'
import { jackknifeSummary, type JackknifeSummary } from '../moments/jackknife.js'
import { standInSites } from '../moments/stand-ins.js'

/**
 * What a combination of moments reports. Arrays have one entry a coordinate of the unconstrained scale; a figure that cannot be told is null.
 *
 * `mean`, `sd`: of the combined posterior; `mcseMean`, `mcseSd`, `mcseQ5`, `mcseQ95`, `ess`: see `jackknifeSummary`. With a `product`: what `shardDiagnostics` says of
 * the shards, and a `claim` (see `gaussianClaim`).
 */
export function combinationDiagnostics(
  shards: readonly SubPosteriorMoments[],
  combination: AdditiveCombination,
  product?: GaussianProduct,
): JsonObject {
  const summary = jackknifeSummary(shards, combination)
  const removed = standInSites(shards)
  const ofShards = product === undefined ? undefined : shardDiagnostics(shards, product)
  return {
    ...Object.fromEntries(
      Object.entries(summary).map(([name, values]: [string, Float64Array]): [string, Json] => [name, Array.from(values, finiteOrNull)]),
    ),
    ...(ofShards === undefined ? {} : { ...ofShards.json, claim: claimJson(gaussianClaim(shards, summary, ofShards)) }),
    ...(removed.length > 0 ? { standInsRemoved: removed } : {}),
  }
}

/**
 * The claim of a Gaussian product: the upper 95 % limit of the bias that skewness predicts, and two Monte Carlo standard errors. Unreliable where shards disagree
 * (I2 above a half) or hardly know a parameter, where the bias cannot be told, or with a normal stand-in for a prior that nothing puts back.
 */
export function gaussianClaim(
  shards: readonly SubPosteriorMoments[],
  { sd, mcseMean, mcseSd }: Pick<JackknifeSummary, 'sd' | 'mcseMean' | 'mcseSd'>,
  { heterogeneity, predictedBias, weakShards }: Pick<ShardDiagnostics, 'heterogeneity' | 'predictedBias' | 'weakShards'>,
): Claim {
  const monteCarlo = 2 * Math.max(...sd.map((value, i) => Math.max(mcseMean[i], mcseSd[i]) / value))
  const sites = standInSites(shards)
  if (sites.length > 0) return unreliable(`the true prior of ${sites.join(', ')} is not in these draws`)
  if (shards.length === 1) return claimWithin(monteCarlo, 'Monte Carlo error of a single shard')
  if (heterogeneity === undefined || (heterogeneity.p < 1e-3 && heterogeneity.i2 > 0.5)) {
    return unreliable('the shards contradict each other by more than their own uncertainty')
  }
  if (weakShards.length > 0) {
    return unreliable(`${weakShards.length} of the shards do not identify every parameter, and what their shape does cannot be told`)
  }
  if (predictedBias === undefined) return unreliable('the bias from skewness cannot be told without third moments of every shard')
  return claimWithin(predictedBias.upper95 + monteCarlo, 'predicted bias from the skewness of the shards, and Monte Carlo error')
}
