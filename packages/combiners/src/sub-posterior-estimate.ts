import { ChoraleError, type MomentBatch, type SubPosteriorMoments } from '@chorale/core/contracts'
import { cholesky, choleskyWithRidge, congruence } from './cholesky.js'
import { deleteOneBatchVariance } from './delete-one-batch.js'
import { applyTo, transpose } from './matrix.js'
import { covarianceOf, jackknifeBatches, leaveOneOut, mergeMoments } from './merge-moments.js'
import { fromInverseCovariance, fromScoreMoments, inverseCrossProducts, type NaturalParameters } from './natural-parameters.js'

/** `score`: score moments; `inverse-covariance`: inverse sample covariance with its bias factor. */
export type PrecisionMethod = 'score' | 'inverse-covariance'

/** How the Gaussian of one shard is estimated from its moments. */
export interface SubPosteriorEstimate {
  readonly shard: number
  readonly method: PrecisionMethod
  /** Effective number of draws for second moments: median ESS of the squared whitened draws, at most the number of draws. */
  readonly effectiveCount: number
  /** All draws of the shard. */
  readonly moments: MomentBatch
  /** The same estimate from other moments of this shard (a jackknife replicate). Undefined when they do not suffice. */
  fromMoments(moments: MomentBatch, origin: Float64Array): NaturalParameters | undefined
}

/**
 * Chooses between score moments and the inverse covariance for one shard.
 *
 * Score moments, unless their precision is not positive definite or the batch jackknife finds their natural parameters noisier, both measured in the shard's
 * own standard units. With fewer than two batches there is no jackknife and score moments are taken when positive definite.
 *
 * Throws `CHORALE_COMBINE_TOO_FEW_DRAWS` when neither is possible, `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE` for an indefinite covariance.
 */
export function estimateSubPosterior(shard: SubPosteriorMoments): SubPosteriorEstimate {
  const moments = mergeMoments(shard.moments.batches)
  const dimension = shard.moments.dimension
  const effectiveCount = Math.min(medianOf(shard.ess.squared), moments.count)
  const estimates: Record<PrecisionMethod, Estimate> = {
    score: fromScoreMoments,
    'inverse-covariance': (part, inverse, origin) =>
      fromInverseCovariance(part, inverse, origin, (effectiveCount * part.count) / moments.count),
  }
  const chosen = (method: PrecisionMethod): SubPosteriorEstimate => ({
    shard: shard.shard,
    method,
    effectiveCount,
    moments,
    fromMoments(part, origin) {
      const inverse = inverseCrossProducts(part)
      return inverse && estimates[method](part, inverse, origin)
    },
  })

  const inverse = inverseCrossProducts(moments)
  if (inverse === undefined && moments.count >= dimension + 2) throw indefinite(shard)
  const byScore = inverse && estimates.score(moments, inverse, moments.mean)
  const byInverse = inverse && estimates['inverse-covariance'](moments, inverse, moments.mean)
  const scoreIsValid = byScore !== undefined && cholesky(byScore.precision, dimension) !== undefined
  if (!scoreIsValid && byInverse === undefined) throw tooFewDraws(shard, effectiveCount)
  if (!scoreIsValid) return chosen('inverse-covariance')
  if (byInverse === undefined) return chosen('score')
  const error = jackknifeErrors(shard, moments, estimates)
  return chosen(error.score <= error['inverse-covariance'] ? 'score' : 'inverse-covariance')
}

type Estimate = (moments: MomentBatch, inverse: Float64Array, origin: Float64Array) => NaturalParameters | undefined

/** Jackknife variance of each method's natural parameters, summed over them in the shard's standard units. Infinite where it cannot be told. */
function jackknifeErrors(
  shard: SubPosteriorMoments,
  moments: MomentBatch,
  estimates: Record<PrecisionMethod, Estimate>,
): Record<PrecisionMethod, number> {
  const factor = choleskyWithRidge(covarianceOf(moments), moments.mean.length)
  const batches = jackknifeBatches(shard.moments.batches)
  if (batches.length < 2 || factor === undefined) return { score: Infinity, 'inverse-covariance': Infinity }
  const parts = [moments, ...leaveOneOut(batches)].map(part => ({ part, inverse: inverseCrossProducts(part) }))
  const sizes = batches.map(batch => batch.count)
  const errorOf = (estimate: Estimate): number => {
    const standard = parts.map(({ part, inverse }) => {
      const natural = inverse && estimate(part, inverse, moments.mean)
      return natural && inStandardUnits(natural, factor)
    })
    if (!standard.every(values => values !== undefined)) return Infinity
    return deleteOneBatchVariance(standard[0], standard.slice(1), sizes).reduce((total, variance) => total + variance, 0)
  }
  return { score: errorOf(estimates.score), 'inverse-covariance': errorOf(estimates['inverse-covariance']) }
}

/** [L' P L, L' h] with V = L L': the natural parameters of the draws scaled to unit covariance, so that sums of squares do not depend on the scale. */
function inStandardUnits(natural: NaturalParameters, factor: Float64Array): Float64Array {
  const dimension = natural.shift.length
  const result = new Float64Array(dimension * (dimension + 1))
  result.set(congruence(natural.precision, factor, dimension))
  result.set(applyTo(transpose(factor, dimension), natural.shift), dimension * dimension)
  return result
}

function medianOf(values: Float64Array): number {
  const sorted = values.toSorted()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function tooFewDraws(shard: SubPosteriorMoments, effectiveCount: number): ChoraleError {
  const { dimension } = shard.moments
  return new ChoraleError(
    'CHORALE_COMBINE_TOO_FEW_DRAWS',
    `Shard ${shard.shard} has ${effectiveCount.toFixed(1)} effective draws for ${dimension} parameters; more than ${dimension + 2} are needed to estimate its covariance, and its score moments cannot be used.`,
    { fix: 'draw more (at least 20 effective draws per parameter with gradients recorded), or use fewer shards or parameters' },
  )
}

const indefinite = (shard: SubPosteriorMoments): ChoraleError =>
  new ChoraleError(
    'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
    `The covariance of shard ${shard.shard} is indefinite: it is not that of any draws.`,
    {
      fix: 'sample the shard again; if this comes back, report it with the run directory',
    },
  )
