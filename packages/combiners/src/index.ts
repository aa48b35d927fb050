export { plugin as default } from './plugin.js'
export { amis } from './amis/amis.js'
export { auto } from './auto/auto.js'
export { modes } from './modes/modes.js'
export { consensus, type ConsensusOptions } from './averages/consensus.js'
export { gaussian } from './gaussian/gaussian.js'
export { edgeworth, type EdgeworthOptions } from './edgeworth/edgeworth.js'
export { weierstrass, type WeierstrassOptions } from './weierstrass/weierstrass.js'
export { dpe, semiparametric, type DpeOptions } from './dpe/dpe.js'
export { part, type PartOptions } from './part/part.js'
export { predictBias, skewCorrection, type SkewCorrection } from './edgeworth/skew-correction.js'
export { weakShards } from './gaussian/weak-shards.js'
export { swiss } from './swiss/swiss.js'
export { barycenter, type BarycenterOptions } from './barycenter/barycenter.js'
export { mposterior, type MPosteriorOptions } from './mposterior/mposterior.js'
export { robust, type RobustOptions } from './robust/robust.js'
export { robustProduct, type RobustProduct, type ShardWeight } from './robust/robust-product.js'
export { weightedGaussian } from './averages/weighted-gaussian.js'
export { simpleAverage } from './averages/simple-average.js'
export { defineCheckedCombiner } from './checked-combiner.js'
export { checkDraws, checkSubPosteriors } from './check-sub-posteriors.js'
export type { AdditiveCombination, CombinedMoments } from './moments/additive-combination.js'
export { gaussianProduct, type GaussianProduct, type ShardPart } from './gaussian/gaussian-product.js'
export { jackknifeSummary, type JackknifeSummary } from './moments/jackknife.js'
export { mergeMoments } from './moments/merge-moments.js'
export {
  estimateSubPosterior,
  type PrecisionMethod,
  type PrecisionRule,
  type SubPosteriorEstimate,
} from './moments/sub-posterior-estimate.js'
export type { NaturalParameters } from './moments/natural-parameters.js'
export { weightedAverage, type WeightedAverage } from './averages/weighted-average.js'
export { recentreDraws } from './draws/recentre.js'
export { combinationDiagnostics } from './diagnostics/combination-diagnostics.js'
export { adviseShards } from './diagnostics/advise-shards.js'
export type { Claim } from './diagnostics/claim.js'
export { predictedBias, type PredictedBias } from './diagnostics/skewness-bias.js'
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
