import { ChoraleError, type MomentBatch, type SubPosteriorMoments } from '@chorale/core/contracts'
import { cholesky, choleskyWithRidge, congruence } from '../linear-algebra/cholesky.js'
import { deleteOneBatchVariance } from './delete-one-batch.js'
import { applyTransposed } from '../linear-algebra/matrix.js'
import { covarianceOf, jackknifeBatches, JACKKNIFE_BATCHES, leaveOneOut, mergeMoments } from './merge-moments.js'
import { fromInverseCovariance, fromScoreMoments, inverseCrossProducts, type NaturalParameters } from './natural-parameters.js'

/** `score`: score moments; `inverse-covariance`: inverse sample covariance with its bias factor. */
export type PrecisionMethod = 'score' | 'inverse-covariance'

/** How the Gaussian of one shard follows from moments of it. */
export interface PrecisionRule {
  readonly method: PrecisionMethod
  /** Effective number of draws for second moments: median ESS of the squared whitened draws, at most the number of draws. */
  readonly effectiveCount: number
  /** All draws of the shard. */
  readonly count: number
}

/** The Gaussian of one shard as its moments show it. Everything else here is as large as those. */
export interface SubPosteriorEstimate {
  readonly shard: number
  readonly rule: PrecisionRule
  /** Of all draws of the shard. */
  readonly moments: MomentBatch
  /** About the mean of the draws. */
  readonly natural: NaturalParameters
  /**
   * The same without one of `groups` batches at a time, neighbouring batches put together. Undefined where there are fewer batches than that, or fewer than two, or
   * where one that is left out is missed.
   */
  leftOut(groups: number): readonly NaturalParameters[] | undefined
}

/** The natural parameters that the rule gives from moments of its shard, all of them or some (a jackknife replicate). Undefined when they do not suffice. */
export function naturalParameters(rule: PrecisionRule, moments: MomentBatch, origin: Float64Array): NaturalParameters | undefined {
  const inverse = inverseCrossProducts(moments)
  return inverse && ESTIMATES[rule.method](moments, inverse, origin, rule)
}

type Counts = Omit<PrecisionRule, 'method'>
type Estimate = (moments: MomentBatch, inverse: Float64Array, origin: Float64Array, counts: Counts) => NaturalParameters | undefined

const ESTIMATES: Record<PrecisionMethod, Estimate> = {
  score: fromScoreMoments,
  'inverse-covariance': (moments, inverse, origin, { effectiveCount, count }) =>
    fromInverseCovariance(moments, inverse, origin, (effectiveCount * moments.count) / count),
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
  const { batches, dimension } = shard.moments
  const moments = mergeMoments(batches)
  const counts = { effectiveCount: Math.min(medianOf(shard.ess.squared), moments.count), count: moments.count }
  const replicates = replicatesOf(batches, moments.mean, counts)
  const chosen = (method: PrecisionMethod, natural: NaturalParameters): SubPosteriorEstimate => ({
    shard: shard.shard,
    rule: { method, ...counts },
    moments,
    natural,
    leftOut(groups) {
      const { sizes, by } = replicates(groups)
      return sizes.length < groups ? undefined : by(method)
    },
  })

  const inverse = inverseCrossProducts(moments)
  if (inverse === undefined && moments.count >= dimension + 2) throw indefinite(shard)
  const estimate = (method: PrecisionMethod) => inverse && ESTIMATES[method](moments, inverse, moments.mean, counts)
  const byScore = estimate('score')
  const byInverse = estimate('inverse-covariance')
  if (byScore === undefined || cholesky(byScore.precision, dimension) === undefined) {
    if (byInverse === undefined) throw tooFewDraws(shard, counts.effectiveCount)
    return chosen('inverse-covariance', byInverse)
  }
  if (byInverse === undefined) return chosen('score', byScore)
  const { sizes, by } = replicates()
  const errorOf = noiseMeter(moments, sizes)
  const scoresAreBetter = errorOf(byScore, by('score')) <= errorOf(byInverse, by('inverse-covariance'))
  return scoresAreBetter ? chosen('score', byScore) : chosen('inverse-covariance', byInverse)
}

/** Estimates without one batch at a time, that share the inverses they start from. */
interface Replicates {
  /** Draws of each batch. */
  readonly sizes: readonly number[]
  by(method: PrecisionMethod): readonly NaturalParameters[] | undefined
}

function replicatesOf(all: readonly MomentBatch[], origin: Float64Array, counts: Counts): (groups?: number) => Replicates {
  const made = new Map<number, Replicates>()
  const make = (batches: readonly MomentBatch[]): Replicates => {
    const parts = batches.length < 2 ? [] : leaveOneOut(batches).map(part => ({ part, inverse: inverseCrossProducts(part) }))
    const naturals = new Map<PrecisionMethod, readonly NaturalParameters[] | undefined>()
    const estimated = (method: PrecisionMethod): readonly NaturalParameters[] | undefined => {
      const found = parts.map(({ part, inverse }) => inverse && ESTIMATES[method](part, inverse, origin, counts))
      return found.length > 0 && found.every(natural => natural !== undefined) ? found : undefined
    }
    return {
      sizes: batches.map(({ count }) => count),
      by(method) {
        if (!naturals.has(method)) naturals.set(method, estimated(method))
        return naturals.get(method)
      },
    }
  }
  const most = Math.min(JACKKNIFE_BATCHES, all.filter(({ count }) => count > 0).length)
  return (groups = most) => {
    const replicates = made.get(groups) ?? make(jackknifeBatches(all, groups))
    made.set(groups, replicates)
    return replicates
  }
}

/**
 * Measures the jackknife variance of natural parameters from replicates that lack batches of these sizes: summed over all of them in the shard's standard units,
 * in which its draws have unit covariance. Infinite where it cannot be told.
 */
function noiseMeter(
  moments: MomentBatch,
  sizes: readonly number[],
): (natural: NaturalParameters, leftOut: readonly NaturalParameters[] | undefined) => number {
  const factor = choleskyWithRidge(covarianceOf(moments), moments.mean.length)
  return (natural, leftOut) => {
    if (factor === undefined || leftOut === undefined) return Infinity
    const standard = leftOut.map(replicate => inStandardUnits(replicate, factor))
    return deleteOneBatchVariance(inStandardUnits(natural, factor), standard, sizes).reduce((total, variance) => total + variance, 0)
  }
}

/** [L' P L, L' h] with V = L L': the natural parameters of the draws scaled to unit covariance, so that sums of squares do not depend on the scale. */
function inStandardUnits(natural: NaturalParameters, factor: Float64Array): Float64Array {
  const dimension = natural.shift.length
  const result = new Float64Array(dimension * (dimension + 1))
  result.set(congruence(natural.precision, factor, dimension))
  result.set(applyTransposed(factor, natural.shift), dimension * dimension)
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
