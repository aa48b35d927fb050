import { essMean, essSd, heterogeneity, quantile, type Heterogeneity, type ShardSummary } from '@chorale/diagnostics'

import { coordinateChains } from '../chains/coordinate-chains.js'
import type { ParameterInfo } from '../contracts/index.js'
import { globalPositions } from '../combination/global-draws.js'
import { fitGaussian } from '../combination/gaussian-fit.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import { loadChain, type ChainDraws } from '../run-directory/index.js'
import { concatenate } from '../combination/sub-posteriors.js'

/**
 * Cochran's Q over the shards, on the unconstrained scale, in units of their own covariances. Draws are in memory one shard at a time.
 * `likelihoodPower`: that of the shards' densities; their draws are so many times closer together than what their rows tell. `parametersOf`: of each shard, where
 * some are local: only global ones can disagree.
 */
export async function shardHeterogeneity(
  shards: readonly CompletedShard[],
  likelihoodPower = 1,
  parametersOf?: (shard: number) => readonly ParameterInfo[],
): Promise<Heterogeneity> {
  const estimates: ShardSummary[] = []
  for (const { shard, chains } of shards) {
    const loaded = await Promise.all(chains.map(loadChain))
    const shared = parametersOf ? loaded.map(chain => globalPositions(chain, parametersOf(shard))) : loaded
    estimates.push(estimateOf(shard, shared, likelihoodPower))
  }
  return heterogeneity(estimates)
}

function estimateOf(shard: number, chains: readonly ChainDraws[], likelihoodPower: number): ShardSummary {
  const { draws, dimension, positions } = concatenate(chains)
  const { mean, covariance } = fitGaussian({ draws, dimension, values: positions }, `draws of shard ${shard}`)
  const coordinates = Array.from({ length: dimension }, (_, j) => coordinateChains(chains, j))
  // Means of antithetic chains are known better than covariances: the bias of the inverse is about the squares.
  const ofSquares = Float64Array.from(coordinates, essSd)
  return {
    mean,
    covariance: covariance.map(value => value * likelihoodPower),
    ess: Float64Array.from(coordinates, essMean),
    covarianceEss: quantile(ofSquares, 0.5),
  }
}
