import { ChoraleError, type SubPosteriorMoments } from '@chorale/core/contracts'
import { totalOf, type AdditiveCombination, type CombinedMoments } from './additive-combination.js'
import { choleskyWithRidge, inverseFromCholesky } from './cholesky.js'
import { add, applyTo, scaled, subtract, traceOfProduct } from './matrix.js'
import { covarianceOf, mergeMoments } from './merge-moments.js'
import type { NaturalParameters } from './natural-parameters.js'
import { standInNaturalParameters } from './stand-ins.js'
import { estimateSubPosterior, type PrecisionMethod } from './sub-posterior-estimate.js'

/** The product of the shards' Gaussians, with what each shard had to do with it. */
export interface GaussianProduct extends CombinedMoments {
  readonly combination: AdditiveCombination
  readonly shards: readonly {
    readonly shard: number
    /** `as it is`: the only shard, whose sample moments are returned. */
    readonly method: PrecisionMethod | 'as it is'
    /** tr(V P_s)/d: the part of the combined precision that comes from this shard. The parts sum to 1. */
    readonly influence: number
    /** P_s, d x d. */
    readonly precision: Float64Array
  }[]
}

/**
 * V = inverse(sum P_s), mu = V sum(P_s m_s), jointly over all parameters.
 *
 * V is divided by 1 + sum_s w_s^2 d/(n_s - d - 2) over the shards that use the inverse covariance, w_s their influence: the second-order bias of the inverse
 * of a noisy sum, which for K alike shards is 1 + d/(K(n - d - 2)). Normal stand-ins for improper tempered priors are taken out of the sum. A single
 * shard is returned as it is: its sample mean and covariance.
 *
 * Shards must have passed `checkSubPosteriors`. Throws `CHORALE_COMBINE_TOO_FEW_DRAWS`, and `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE` when the sum of
 * precisions (after a ridge of 1e-10 of its diagonal) is not that of a proper posterior.
 */
export function gaussianProduct(shards: readonly SubPosteriorMoments[]): GaussianProduct {
  const standIns = standInNaturalParameters(shards)
  if (shards.length === 1 && standIns === undefined) return singleShard(shards[0])
  const { dimension } = shards[0].moments
  const estimates = shards.map(estimateSubPosterior)
  const origin = centreOf(estimates.map(estimate => estimate.moments.mean))
  const naturals = estimates.map(estimate => estimate.fromMoments(estimate.moments, origin)!)
  const removed = standIns?.(origin)

  const total = totalOf(naturals.map(packNatural))
  const uncorrected = solveNatural(total, dimension, origin, removed, 1)
  if (uncorrected === undefined) throw notPositiveDefinite(shards)
  const influences = naturals.map(natural => traceOfProduct(uncorrected.covariance, natural.precision) / dimension)
  let inflation = 1
  estimates.forEach(({ method, effectiveCount }, place) => {
    const influence = influences[place]
    if (method === 'inverse-covariance') inflation += (influence * influence * dimension) / (effectiveCount - dimension - 2)
  })

  return {
    mean: uncorrected.mean,
    covariance: scaled(uncorrected.covariance, 1 / inflation),
    combination: {
      contribution: (place, moments) => {
        const natural = estimates[place].fromMoments(moments, origin)
        return natural === undefined ? undefined : packNatural(natural)
      },
      finish: sum => solveNatural(sum, dimension, origin, removed, inflation),
    },
    shards: estimates.map(({ shard, method }, place) => ({
      shard,
      method,
      influence: influences[place],
      precision: naturals[place].precision,
    })),
  }
}

function singleShard(shard: SubPosteriorMoments): GaussianProduct {
  const { dimension } = shard.moments
  const moments = mergeMoments(shard.moments.batches)
  const covariance = covarianceOf(moments)
  const factor = choleskyWithRidge(covariance, dimension)
  if (factor === undefined || moments.count < dimension + 1) throw notPositiveDefinite([shard])
  return {
    mean: moments.mean,
    covariance,
    combination: {
      contribution: (_, part) => Float64Array.from([...part.mean, ...covarianceOf(part)]),
      finish: total => ({ mean: total.slice(0, dimension), covariance: total.slice(dimension) }),
    },
    shards: [{ shard: shard.shard, method: 'as it is', influence: 1, precision: inverseFromCholesky(factor, dimension) }],
  }
}

/** Sums are taken about the average of the shards' means: far from zero they would lose the digits that matter. */
export function centreOf(means: readonly Float64Array[]): Float64Array {
  return scaled(totalOf(means), 1 / means.length)
}

/** Precision and shift one after another, so that they can be summed as one. */
export function packNatural({ precision, shift }: NaturalParameters): Float64Array {
  const result = new Float64Array(precision.length + shift.length)
  result.set(precision)
  result.set(shift, precision.length)
  return result
}

/** The moments of a sum of `packNatural` natural parameters about `origin`, with `removed` taken out. Undefined when it is not positive definite. */
export function solveNatural(
  total: Float64Array,
  dimension: number,
  origin: Float64Array,
  removed: NaturalParameters | undefined,
  inflation: number,
): CombinedMoments | undefined {
  const kept = removed === undefined ? total : subtract(total, packNatural(removed))
  const factor = choleskyWithRidge(kept.subarray(0, dimension * dimension), dimension)
  if (factor === undefined) return undefined
  const covariance = inverseFromCholesky(factor, dimension)
  return { mean: add(origin, applyTo(covariance, kept.slice(dimension * dimension))), covariance: scaled(covariance, 1 / inflation) }
}

function notPositiveDefinite(shards: readonly SubPosteriorMoments[]): ChoraleError {
  const whose = shards.length === 1 ? `the covariance of shard ${shards[0].shard}` : `the summed precision of ${shards.length} shards`
  return new ChoraleError(
    'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
    `There is no Gaussian to combine to: ${whose} is not positive definite.`,
    {
      fix: 'look for parameters that the data and the prior do not identify, or that are functions of each other; draw more',
    },
  )
}
