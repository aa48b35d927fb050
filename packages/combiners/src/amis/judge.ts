import { psis, weightEss } from '@chorale/diagnostics'
import type { DrawMatrix } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { controlVariates } from './control-variates.js'
import { normalisedWeights, weightedEstimate, type WeightedEstimate } from './weighted-estimate.js'

/** How fresh positions from a proposal met the density. */
export interface Judgement {
  readonly paretoK: number
  readonly weightEss: number
  /** Smoothed and normalised: for resampling. */
  readonly weights: Float64Array
  /** For expectations: those of the control variates where weights have a variance, else the smoothed ones. */
  readonly forExpectations: Float64Array
  /** Of the positions' coordinates, computed when it is asked for. */
  readonly estimate: WeightedEstimate
  /** The same of other values at the positions. */
  readonly estimateOf: (values: DrawMatrix) => WeightedEstimate
  /** The log normalising constant of the density. */
  readonly logEvidence: number
  /** The largest standard error of a standard deviation, as a share of it. */
  readonly sdError: number
}

/** Weights have a finite variance below. Source: Vehtari et al. (2024), section 2.3. */
const FINITE_VARIANCE = 0.5

/** `logRatios`: log density minus log proposal. `gaussian`: one that the density may be close to (see `controlVariates`). */
export function judge(
  positions: DrawMatrix,
  logRatios: Float64Array,
  control?: { readonly logProposal: Float64Array; readonly gaussian: CombinedMoments },
): Judgement {
  const { logWeights, paretoK } = psis(logRatios)
  const largest = logWeights.reduce((a, b) => Math.max(a, b), -Infinity)
  if (!Number.isFinite(largest)) return hopeless(positions)
  const weights = normalisedWeights(logWeights)
  const controlled =
    control !== undefined && paretoK < FINITE_VARIANCE
      ? controlVariates(positions, normalisedWeights(logRatios), control.logProposal, control.gaussian)
      : undefined
  const estimateOf = (values: DrawMatrix): WeightedEstimate => controlled?.estimate(values) ?? weightedEstimate(values, weights)
  const estimate = once(() => estimateOf(positions))
  const total = logWeights.reduce((sum, value) => sum + Math.exp(value - largest), 0)
  return {
    paretoK,
    weightEss: weightEss(logWeights),
    weights,
    forExpectations: controlled?.weights ?? weights,
    get estimate() {
      return estimate()
    },
    estimateOf,
    logEvidence: largest + Math.log(total / positions.draws),
    get sdError() {
      const { sd, mcseSd } = estimate()
      return sd.reduce((worst, value, j) => Math.max(worst, value > 0 ? mcseSd[j] / value : Infinity), 0)
    },
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

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

/** No position had any density. */
function hopeless({ draws, dimension }: DrawMatrix): Judgement {
  const unknown = new Float64Array(dimension).fill(NaN)
  const equal = new Float64Array(draws).fill(1 / draws)
  const estimate = { mean: unknown, sd: unknown, mcseMean: unknown, mcseSd: unknown }
  return {
    paretoK: Infinity,
    weightEss: 0,
    weights: equal,
    forExpectations: equal,
    estimate,
    estimateOf: () => estimate,
    logEvidence: -Infinity,
    sdError: Infinity,
  }
}
