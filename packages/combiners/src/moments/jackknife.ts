import type { SubPosteriorMoments } from '@chorale/core/contracts'
import { sumsOf, totalOf, type AdditiveCombination, type CombinedMoments } from './additive-combination.js'
import { deleteOneBatchVariance } from './delete-one-batch.js'
import { jackknifeBatches, leaveOneOut, mergeMoments } from './merge-moments.js'

/** The 95 % quantile of the standard normal distribution. */
const Z95 = 1.6448536269514722

/** From more shards on, leaving out batches of one at a time costs more than it tells. */
const MOST_ONE_BY_ONE = 100

/** Combined moments with their Monte Carlo standard errors, one entry a coordinate of the unconstrained scale. */
export interface JackknifeSummary {
  readonly mean: Float64Array
  readonly sd: Float64Array
  /** NaN when a shard has fewer than two batches or too few draws to leave one out. */
  readonly mcseMean: Float64Array
  readonly mcseSd: Float64Array
  /** Of the 5 % and 95 % quantiles of the Gaussian with these moments. */
  readonly mcseQ5: Float64Array
  readonly mcseQ95: Float64Array
  /** (sd/mcseMean)^2: so many independent draws would know the mean as well. */
  readonly ess: Float64Array
}

/**
 * Monte Carlo standard errors of a combination: delete-one-batch jackknife with 20 batches a shard.
 *
 * Up to 100 shards, every replicate leaves out one batch of one shard and repeats the combination; shards are independent, so the variances of the shards add.
 * That costs 20 K small inversions and knows the error with about 19 K degrees of freedom. Of more shards batch b of all is left out at once: 19 degrees of
 * freedom, 20 inversions beside what the shards add, and memory of d x d. Both see autocorrelation within a batch, estimated precisions and weights. They do not
 * see bias, nor draws that two shards share.
 *
 * `combination` is asked only for places of `shards`.
 * Source: Busing, Meijer & Van der Leeden (1999), Delete-m jackknife for unequal m, Statistics and Computing 9.
 *
 * @throws RangeError when the moments of a shard do not suffice, or the shards have no proper combination.
 */
export function jackknifeSummary(shards: readonly SubPosteriorMoments[], combination: AdditiveCombination): JackknifeSummary {
  const { full, variance } = shards.length > MOST_ONE_BY_ONE ? byBatch(shards, combination) : byShard(shards, combination)
  const dimension = full.length / 4
  const mcse = variance.map(Math.sqrt)
  const part = (values: Float64Array, index: number): Float64Array => values.slice(index * dimension, (index + 1) * dimension)
  const [sd, mcseMean] = [part(full, 1), part(mcse, 0)]
  return {
    mean: part(full, 0),
    sd,
    mcseMean,
    mcseSd: part(mcse, 1),
    mcseQ5: part(mcse, 2),
    mcseQ95: part(mcse, 3),
    ess: sd.map((value, i) => (value / mcseMean[i]) * (value / mcseMean[i])),
  }
}

/** Statistics of the combined posterior, and the variance of each. */
interface Jackknifed {
  readonly full: Float64Array
  readonly variance: Float64Array
}

/**
 * The combined moments with batch b of every shard left out, for each of at most 20 batches. None where a shard has fewer than two, or what is left does not
 * suffice.
 */
export function withoutBatches(shards: readonly SubPosteriorMoments[], combination: AdditiveCombination): readonly CombinedMoments[] {
  const replicates = sumsOf(shards, combination).leftOut?.map(sum => combination.finish(sum)) ?? []
  return replicates.every(replicate => replicate !== undefined) ? replicates : []
}

/** Batch b of all shards is left out at once. */
function byBatch(shards: readonly SubPosteriorMoments[], combination: AdditiveCombination): Jackknifed {
  const sums = sumsOf(shards, combination)
  const full = statisticsOf(finished(combination, sums.total))
  const replicates = withoutBatches(shards, { ...combination, sums })
  if (replicates.length === 0) return { full, variance: full.map(() => NaN) }
  const sizes = replicates.map(() => 1)
  return { full, variance: deleteOneBatchVariance(full, replicates.map(statisticsOf), sizes) }
}

/** Batches of each shard are left out one at a time. */
function byShard(shards: readonly SubPosteriorMoments[], combination: AdditiveCombination): Jackknifed {
  const contributions = shards.map((shard, place) => combination.contribution(place, mergeMoments(shard.moments.batches)))
  if (!contributions.every(contribution => contribution !== undefined))
    throw new RangeError('a shard does not suffice for this combination')
  const total = totalOf(contributions)
  const full = statisticsOf(finished(combination, total))
  const variance = new Float64Array(full.length)
  shards.forEach((shard, place) => {
    const own = shardVariance(shard, full, moments => {
      const part = combination.contribution(place, moments)
      const replicate = part === undefined ? undefined : combination.finish(total.map((sum, i) => sum - contributions[place][i] + part[i]))
      return replicate === undefined ? undefined : statisticsOf(replicate)
    })
    for (let i = 0; i < variance.length; i++) variance[i] += own[i]
  })
  return { full, variance }
}

function finished(combination: AdditiveCombination, total: Float64Array): CombinedMoments {
  const combined = combination.finish(total)
  if (combined === undefined) throw new RangeError('the shards have no proper combination')
  return combined
}

/** What a shard's own draws add to the variance of each statistic; NaN where it cannot be told. */
function shardVariance(
  shard: SubPosteriorMoments,
  full: Float64Array,
  replicateOf: (moments: SubPosteriorMoments['moments']['batches'][number]) => Float64Array | undefined,
): Float64Array {
  const unknown = full.map(() => NaN)
  const batches = jackknifeBatches(shard.moments.batches)
  if (batches.length < 2) return unknown
  const replicates = leaveOneOut(batches).map(replicateOf)
  if (!replicates.every(replicate => replicate !== undefined)) return unknown
  return deleteOneBatchVariance(
    full,
    replicates,
    batches.map(batch => batch.count),
  )
}

/** Means, sds, 5 % and 95 % quantiles, one after another. */
function statisticsOf({ mean, covariance }: CombinedMoments): Float64Array {
  const dimension = mean.length
  const statistics = new Float64Array(4 * dimension)
  for (let i = 0; i < dimension; i++) {
    const sd = Math.sqrt(covariance[i * dimension + i])
    statistics[i] = mean[i]
    statistics[dimension + i] = sd
    statistics[2 * dimension + i] = mean[i] - Z95 * sd
    statistics[3 * dimension + i] = mean[i] + Z95 * sd
  }
  return statistics
}
