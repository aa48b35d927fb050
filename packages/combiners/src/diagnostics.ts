import type { Json, JsonObject, SubPosteriorMoments } from '@chorale/core/contracts'
import type { AdditiveCombination } from './additive-combination.js'
import type { GaussianProduct } from './gaussian-product.js'
import { jackknifeSummary } from './jackknife.js'
import { standInSites } from './stand-ins.js'

/**
 * Bias of a Gaussian product or an average that the skewness of one shard predicts, in posterior standard deviations:
 * |E[u |u|^2]| (K - 1)/(2 sqrt K), u = whitened draws, if the K shards are alike. Noise adds about 0.71 d sqrt(d/T) of this for T draws. Undefined without third moments.
 */
export function predictedBias(shard: SubPosteriorMoments, shards: number): number | undefined {
  const { thirdMoments } = shard.moments
  if (thirdMoments === undefined) return undefined
  const length = Math.sqrt(thirdMoments.reduce((sum, value) => sum + value * value, 0))
  return (length * (shards - 1)) / (2 * Math.sqrt(shards))
}

/**
 * What every combiner here reports. Arrays have one entry a coordinate of the unconstrained scale; a figure that cannot be told is null.
 *
 * `mean`, `sd`: of the combined posterior; `mcseMean`, `mcseSd`, `mcseQ5`, `mcseQ95`, `ess`: see `jackknifeSummary`; `shards`: method and influence (see
 * `GaussianProduct`) and predicted bias of each; `predictedBias`: their mean, weighted by influence.
 */
export function combinationDiagnostics(
  shards: readonly SubPosteriorMoments[],
  combination: AdditiveCombination,
  product?: GaussianProduct,
): JsonObject {
  const summary = jackknifeSummary(shards, combination)
  const biases = shards.map(shard => predictedBias(shard, shards.length))
  const influences = shards.map((_, place) => product?.shards[place].influence ?? 1 / shards.length)
  const removed = standInSites(shards)
  return {
    ...Object.fromEntries(
      Object.entries(summary).map(([name, values]: [string, Float64Array]) => [name, Array.from(values, finiteOrNull)]),
    ),
    shards: shards.map(({ shard }, place) => ({
      shard,
      ...(product === undefined ? {} : { method: product.shards[place].method, influence: influences[place] }),
      ...(biases[place] === undefined ? {} : { predictedBias: finiteOrNull(biases[place]) }),
    })),
    ...(biases.every(bias => bias !== undefined)
      ? { predictedBias: finiteOrNull(biases.reduce((sum, bias, place) => sum + bias * influences[place], 0)) }
      : {}),
    ...(removed.length > 0 ? { standInsRemoved: removed } : {}),
  }
}

const finiteOrNull = (value: number): Json => (Number.isFinite(value) ? value : null)
