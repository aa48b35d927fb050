import { ChoraleError, type SubPosteriorMoments } from '@chorale/core/contracts'
import { totalOf, type AdditiveCombination, type CombinedMoments } from '../moments/additive-combination.js'
import { choleskyWithRidge, inverseFromCholesky } from '../linear-algebra/cholesky.js'
import { sumContributions } from '../moments/contribution-sums.js'
import { scaled, subtract, traceOfProduct } from '../linear-algebra/matrix.js'
import { covarianceOf, JACKKNIFE_BATCHES, meanOf, mergeMoments } from '../moments/merge-moments.js'
import { about, fromNatural, packNatural, type NaturalParameters } from '../moments/natural-parameters.js'
import { standInNaturalParameters } from '../moments/stand-ins.js'
import { estimateSubPosterior, naturalParameters, type PrecisionMethod, type PrecisionRule } from '../moments/sub-posterior-estimate.js'

/** Precisions of all shards together stay in memory up to this size; beyond it they are computed again whenever one is asked for. */
const KEPT_BYTES = 64 * 1024 * 1024

/** What a shard had to do with a product. */
export interface ShardPart {
  readonly shard: number
  /** `as it is`: the only shard, whose sample moments are returned. */
  readonly method: PrecisionMethod | 'as it is'
  /** tr(V P_s)/d: the part of the combined precision that comes from this shard. The parts sum to 1. */
  readonly influence: number
  /** Mean of its draws, and how many. */
  readonly mean: Float64Array
  readonly count: number
  /** P_s, d x d. Of many shards it is computed from the shard's moments at each access: take it once. */
  readonly precision: Float64Array
}

/** The product of the shards' Gaussians, with what each shard had to do with it. */
export interface GaussianProduct extends CombinedMoments {
  readonly combination: AdditiveCombination
  readonly shards: readonly ShardPart[]
}

/**
 * V = inverse(sum P_s), mu = V sum(P_s m_s), jointly over all parameters.
 *
 * V is divided by 1 + sum_s w_s^2 d/(n_s - d - 2) over the shards that use the inverse covariance, w_s their influence: the second-order bias of the inverse
 * of a noisy sum, which for K alike shards is 1 + d/(K(n - d - 2)). Normal stand-ins for improper tempered priors are taken out of the sum. A single
 * shard is returned as it is: its sample mean and covariance.
 *
 * Goes through the shards three times (means, sums, influences) with the moments of one of them in memory; what is kept of each is its mean, and its precision
 * where those of all have at most `keptBytes` together, by default 64 MB. O(d^3) for each of its batches.
 *
 * Shards must have passed `checkSubPosteriors`. Throws `CHORALE_COMBINE_TOO_FEW_DRAWS`, and `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE` when the sum of
 * precisions (after a ridge of 1e-10 of its diagonal) is not that of a proper posterior.
 */
export function gaussianProduct(
  shards: readonly SubPosteriorMoments[],
  { keptBytes }: { readonly keptBytes: number } = { keptBytes: KEPT_BYTES },
): GaussianProduct {
  const standIns = standInNaturalParameters(shards)
  if (shards.length === 1 && standIns === undefined) return singleShard(shards[0])
  const { dimension } = shards[0].moments
  let groups = JACKKNIFE_BATCHES
  const means = shards.map(({ moments: { batches } }) => {
    groups = Math.min(groups, batches.filter(({ count }) => count > 0).length)
    return meanOf(batches)
  })
  const origin = centreOf(means)
  const removed = standIns?.(origin)

  const rules: PrecisionRule[] = []
  const kept: Float64Array[] | undefined = shards.length * dimension * dimension * 8 <= keptBytes ? [] : undefined
  const sums = sumContributions(shards.length, place => {
    const { rule, natural, moments, leftOut } = estimateSubPosterior(shards[place])
    rules.push(rule)
    kept?.push(natural.precision)
    const pack = (part: NaturalParameters): Float64Array => packNatural(about(origin, part, moments.mean))
    return { full: pack(natural), leftOut: leftOut(groups)?.map(pack) }
  })
  const naturalOf = (place: number): NaturalParameters =>
    naturalParameters(rules[place], mergeMoments(shards[place].moments.batches), origin)!
  const precisionAt = (place: number): Float64Array => kept?.[place] ?? naturalOf(place).precision

  const uncorrected = solveNatural(sums.total, dimension, origin, removed, 1)
  if (uncorrected === undefined) throw notPositiveDefinite(shards)
  const influences = rules.map((_, place) => traceOfProduct(uncorrected.covariance, precisionAt(place)) / dimension)
  const inflation = inflationOf(rules, influences, dimension)
  return {
    mean: uncorrected.mean,
    covariance: scaled(uncorrected.covariance, 1 / inflation),
    combination: {
      contribution: (place, moments) => {
        const natural = naturalParameters(rules[place], moments, origin)
        return natural && packNatural(natural)
      },
      finish: sum => solveNatural(sum, dimension, origin, removed, inflation),
      sums,
    },
    shards: rules.map(({ method, count }, place) => ({
      shard: shards[place].shard,
      method,
      influence: influences[place],
      mean: means[place],
      count,
      get precision() {
        return precisionAt(place)
      },
    })),
  }
}

/** By how much the inverse of a sum of noisy precisions is too large. */
export function inflationOf(rules: readonly PrecisionRule[], influences: readonly number[], dimension: number): number {
  let inflation = 1
  rules.forEach(({ method, effectiveCount }, place) => {
    const influence = influences[place]
    if (method === 'inverse-covariance') inflation += (influence * influence * dimension) / (effectiveCount - dimension - 2)
  })
  return inflation
}

function singleShard(shard: SubPosteriorMoments): GaussianProduct {
  const { dimension } = shard.moments
  const moments = mergeMoments(shard.moments.batches)
  const covariance = covarianceOf(moments)
  const factor = choleskyWithRidge(covariance, dimension)
  if (factor === undefined || moments.count < dimension + 1) throw notPositiveDefinite([shard])
  const [mean, precision] = [moments.mean.slice(), inverseFromCholesky(factor, dimension)]
  return {
    mean,
    covariance,
    combination: {
      contribution: (_, part) => Float64Array.from([...part.mean, ...covarianceOf(part)]),
      finish: total => ({ mean: total.slice(0, dimension), covariance: total.slice(dimension) }),
    },
    shards: [{ shard: shard.shard, method: 'as it is', influence: 1, mean, count: moments.count, precision }],
  }
}

/** Sums are taken about the average of the shards' means: far from zero they would lose the digits that matter. */
export function centreOf(means: readonly Float64Array[]): Float64Array {
  return scaled(totalOf(means), 1 / means.length)
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
  const natural = { precision: kept.subarray(0, dimension * dimension), shift: kept.subarray(dimension * dimension) }
  const moments = fromNatural(natural, origin)
  return moments && { mean: moments.mean, covariance: scaled(moments.covariance, 1 / inflation) }
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
