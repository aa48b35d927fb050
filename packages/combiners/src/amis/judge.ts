import { psis, weightEss } from '@chorale/diagnostics'
import type { DrawMatrix } from '@chorale/core/contracts'
import { normalisedWeights, weightedEstimate, type WeightedEstimate } from './weighted-estimate.js'

/** How fresh positions from a proposal met the density. */
export interface Judgement {
  readonly paretoK: number
  readonly weightEss: number
  /** Smoothed and normalised. */
  readonly weights: Float64Array
  /** Of the positions' coordinates. */
  readonly estimate: WeightedEstimate
  /** The log normalising constant of the density. */
  readonly logEvidence: number
  /** The largest standard error of a standard deviation, as a share of it. */
  readonly sdError: number
}

/** `logRatios`: log density minus log proposal. */
export function judge(positions: DrawMatrix, logRatios: Float64Array): Judgement {
  const { logWeights, paretoK } = psis(logRatios)
  const largest = logWeights.reduce((a, b) => Math.max(a, b), -Infinity)
  if (!Number.isFinite(largest)) return hopeless(positions)
  const weights = normalisedWeights(logWeights)
  const estimate = weightedEstimate(positions, weights)
  const total = logWeights.reduce((sum, value) => sum + Math.exp(value - largest), 0)
  return {
    paretoK,
    weightEss: weightEss(logWeights),
    weights,
    estimate,
    logEvidence: largest + Math.log(total / positions.draws),
    sdError: estimate.sd.reduce((worst, sd, j) => Math.max(worst, sd > 0 ? estimate.mcseSd[j] / sd : Infinity), 0),
  }
}

/**
 * k-hat of the terms that make the variances: weights times squared distances from the mean, the largest of the coordinates. Weights may be tame where the tails of the
 * posterior are so heavy that its standard deviation cannot be known from them (Vehtari et al. 2024, section 2.4: the shape that matters is that of weight times function).
 */
export function varianceParetoK({ draws, dimension, values }: DrawMatrix, logRatios: Float64Array, mean: Float64Array): number {
  let largest = -Infinity
  const terms = new Float64Array(draws)
  for (let j = 0; j < dimension; j++) {
    for (let row = 0; row < draws; row++) terms[row] = logRatios[row] + 2 * Math.log(Math.abs(values[row * dimension + j] - mean[j]))
    const { paretoK } = psis(terms)
    if (!(paretoK <= largest)) largest = paretoK
  }
  return largest
}

/** No position had any density. */
function hopeless({ draws, dimension }: DrawMatrix): Judgement {
  const unknown = new Float64Array(dimension).fill(NaN)
  return {
    paretoK: Infinity,
    weightEss: 0,
    weights: new Float64Array(draws).fill(1 / draws),
    estimate: { mean: unknown, sd: unknown, mcseMean: unknown, mcseSd: unknown },
    logEvidence: -Infinity,
    sdError: Infinity,
  }
}
