export { plugin as default } from './plugin.js'
export { consensus, type ConsensusOptions } from './consensus.js'
export { gaussian } from './gaussian.js'
export { robustConsensus } from './robust-consensus.js'
export { simpleAverage } from './simple-average.js'
export { defineCheckedCombiner } from './checked-combiner.js'
export { checkDraws, checkSubPosteriors } from './check-sub-posteriors.js'
export type { AdditiveCombination, CombinedMoments } from './additive-combination.js'
export { gaussianProduct, type GaussianProduct } from './gaussian-product.js'
export { jackknifeSummary, type JackknifeSummary } from './jackknife.js'
export { mergeMoments } from './merge-moments.js'
export { estimateSubPosterior, type PrecisionMethod, type SubPosteriorEstimate } from './sub-posterior-estimate.js'
export type { NaturalParameters } from './natural-parameters.js'
export { weightedAverage, type WeightedAverage } from './weighted-average.js'
export { recentreDraws } from './recentre.js'
export { combinationDiagnostics, predictedBias } from './diagnostics.js'
export { consensusMC } from './parity/consensus-mc.js'
export { robustConsensusMC, type RobustConsensus, type RobustConsensusOptions } from './parity/robust-consensus-mc.js'
export type { CombinedPosterior, ShardPosterior } from './parity/shard-posterior.js'
export {
  combineShardSampleMoments,
  combineShardSamples,
  type CombineShardSamplesOptions,
  type ShardSampleMethod,
  type ShardSamples,
} from './parity/combine-shard-samples.js'
export type { ParameterGaussian } from './parity/parameter-gaussian.js'
export {
  combineShardSamplesBimodal,
  partitionByMode,
  type BimodalOptions,
  type ModePartition,
} from './parity/combine-shard-samples-bimodal.js'
