import { kHatThreshold, psis } from '@chorale/diagnostics'
import type { Key } from '@chorale/random'

import type { DrawMatrix, LogDensityEvaluator } from '../contracts/index.js'
import { fitGaussian } from '../combination/gaussian-fit.js'
import { studentProposal } from './student-proposal.js'

/** What the importance check of a combination found, on the unconstrained scale. */
export interface Verification {
  /** Pareto shape of the importance weights: whether the correction can be believed. */
  readonly paretoK: number
  readonly kThreshold: number
  /** Effective number of the `draws` positions. */
  readonly weightEss: number
  readonly draws: number
  /** What the correction moves each mean by, in corrected posterior standard deviations, and its Monte Carlo standard error. */
  readonly shift: readonly number[]
  readonly shiftMcse: readonly number[]
  /** Corrected over combined standard deviation, and its Monte Carlo standard error. */
  readonly sdRatio: readonly number[]
  readonly sdRatioMcse: readonly number[]
}

/**
 * Importance check of a combination. Draws fresh positions from a multivariate t fitted to the combined draws, evaluates the full-data log density there
 * shard by shard, and reports what the weighted positions say about the combination's means and standard deviations.
 *
 * A small k-hat does not certify the draws: it says that the shift can be believed; the shift is the error.
 * Source: Vehtari et al. (2024), Pareto smoothed importance sampling.
 */
export async function verify(
  combined: DrawMatrix,
  evaluator: Pick<LogDensityEvaluator, 'evaluate'>,
  options: { readonly size: number; readonly key: Key; readonly signal: AbortSignal },
): Promise<Verification> {
  const fit = fitGaussian(combined, 'combined draws')
  const { positions, logDensity } = studentProposal(fit, options.size, options.key)
  const target = await evaluator.evaluate(positions, { signal: options.signal })
  const logRatios = target.map((value, i) => value - logDensity[i]!)
  const { logWeights, paretoK } = psis(logRatios)
  const weights = normalised(logWeights)
  const d = positions.dimension
  const columns = Array.from({ length: d }, (_, j) => weightedColumn(positions, j, weights))
  const combinedSd = (j: number): number => Math.sqrt(fit.covariance[j * d + j]!)
  return {
    paretoK,
    kThreshold: kHatThreshold(options.size),
    weightEss: 1 / weights.reduce((total, w) => total + w * w, 0),
    draws: options.size,
    shift: columns.map(({ mean, sd }, j) => (mean - fit.mean[j]!) / sd),
    shiftMcse: columns.map(({ meanMcse, sd }) => meanMcse / sd),
    sdRatio: columns.map(({ sd }, j) => sd / combinedSd(j)),
    sdRatioMcse: columns.map(({ sdMcse }, j) => sdMcse / combinedSd(j)),
  }
}

function normalised(logWeights: Float64Array): Float64Array {
  const largest = logWeights.reduce((a, b) => Math.max(a, b), -Infinity)
  const raw = logWeights.map(value => Math.exp(value - largest))
  const total = raw.reduce((a, b) => a + b, 0)
  return raw.map(value => value / total)
}

/**
 * Self-normalised importance estimates of one coordinate's mean and sd; standard errors by the delta method (Owen 2013, Monte Carlo theory, methods and
 * examples, section 9.2), for the sd that of the variance over 2 sd.
 */
function weightedColumn({ draws, dimension, values }: DrawMatrix, j: number, weights: Float64Array) {
  let mean = 0
  for (let i = 0; i < draws; i++) mean += weights[i]! * values[i * dimension + j]!
  let variance = 0
  for (let i = 0; i < draws; i++) {
    const deviation = values[i * dimension + j]! - mean
    variance += weights[i]! * deviation * deviation
  }
  let meanError = 0
  let varianceError = 0
  for (let i = 0; i < draws; i++) {
    const deviation = values[i * dimension + j]! - mean
    const ofMean = weights[i]! * deviation
    const ofVariance = weights[i]! * (deviation * deviation - variance)
    meanError += ofMean * ofMean
    varianceError += ofVariance * ofVariance
  }
  const sd = Math.sqrt(variance)
  return { mean, sd, meanMcse: Math.sqrt(meanError), sdMcse: Math.sqrt(varianceError) / (2 * sd) }
}
