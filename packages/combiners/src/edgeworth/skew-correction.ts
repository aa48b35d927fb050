import { chiSquareUpperTail } from '@chorale/diagnostics'
import type { SubPosteriorDraws } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import type { PredictedBias } from '../diagnostics/skewness-bias.js'
import type { GaussianProduct } from '../gaussian/gaussian-product.js'
import { add, scaled } from '../linear-algebra/matrix.js'
import { mergeMoments } from '../moments/merge-moments.js'
import { whitenBy, type Whitening } from '../draws/whiten.js'
import { expandedMoments } from './expanded-moments.js'
import { batchCount, skewExpansions, weightedSum, type SkewExpansion } from './skew-expansion.js'

/** Beyond this the noise of the correction, about 0.71 d sqrt(d/T) posterior sd, exceeds any bias worth knowing. */
const LARGEST_DIMENSION = 30
const BATCHES = 20
const NEWTON_STEPS = 25
const REPLICATE_STEPS = 3
/** The 95 % quantile of Student's t with 19 degrees of freedom: the noise is known from 20 batches. */
const T95 = 1.729
/** With Gaussian shards, one run in a hundred has a shard that far out. */
const GUARD_PROBABILITY = 0.01

/** What the skewness of the shards does to their Gaussian product, and what is known about it. */
export interface SkewCorrection {
  /** The mean and covariance to use: `lambda` of the way from the product to the third-order expansion. */
  readonly corrected: CombinedMoments
  /** The whole shift of each mean, in its posterior standard deviation. */
  readonly shift: Float64Array
  /** Expected length of the noise in the shift, in posterior sd (Mahalanobis). */
  readonly noise: number
  /** The share of the shift's squared length that is not noise, 0 to 1. */
  readonly lambda: number
  /** Bias of the Gaussian product. Undefined where the expansion does not hold or its noise is not known; `doubt` says why. */
  readonly predictedBias: PredictedBias | undefined
  readonly doubt: string | undefined
}

/**
 * The bias of a Gaussian product that the draws' third moments predict, and the product without it.
 *
 * The shift is estimated once from all draws and again without each of 20 batches (of all shards together). That jackknife covariance C
 * gives the noise, so the squared bias is |shift|^2 - tr C without bias of its own, the shift is shrunk by lambda = that over |shift|^2,
 * and the upper limit of the bias is the largest b with b^2 + tr C - t sqrt(2 tr C^2 + 4 b^2 c) = |shift|^2, c the largest eigenvalue of C:
 * Gaussian noise, its normal approximation. Everything in units of the product's covariance, so affine maps change nothing.
 *
 * Not trusted (`lambda` 0, no bias) where a shard's mean lies further from the product than its covariance explains (probability 0.01 that
 * one of K does: the cubic would be used outside of the shard's draws), above 30 dimensions, for one shard, or with fewer than 4 draws in a
 * shard. Needs the draws once; O(T d^3/6) a shard.
 */
export async function skewCorrection(
  shards: readonly SubPosteriorDraws[],
  product: GaussianProduct,
  signal: AbortSignal,
): Promise<SkewCorrection> {
  const dimension = product.mean.length
  const batches = batchCount(shards, BATCHES)
  const untouched = (doubt: string): SkewCorrection => ({
    corrected: product,
    shift: new Float64Array(dimension),
    noise: NaN,
    lambda: 0,
    predictedBias: undefined,
    doubt,
  })
  if (shards.length === 1) return { ...untouched(''), doubt: undefined, noise: 0, predictedBias: { value: 0, upper95: 0 } }
  if (dimension > LARGEST_DIMENSION) return untouched(`third moments of ${dimension} dimensions are too noisy`)
  if (batches < 2) return untouched('a shard has too few draws for third moments')
  const whitening = whitenBy(product)
  const far = shardsOutside(shards, product, whitening)
  if (far.length > 0) return untouched(`the combined mean lies outside of ${far.length === 1 ? `shard ${far[0]}` : `${far.length} shards`}`)

  const parts = await skewExpansions(shards, product, whitening, { batches, signal })
  const full = expandedMoments(weightedSum(parts, () => 1 / batches), new Float64Array(dimension), NEWTON_STEPS) // prettier-ignore
  const replicates = leaveOneOut(parts).map(part => expandedMoments(part, full.mode, REPLICATE_STEPS).mean)
  const noise = jackknifeCovariance(replicates)
  const square = full.mean.reduce((sum, value) => sum + value * value, 0)
  const own = Math.max(0, square - noise.trace)
  const lambda = square > 0 ? own / square : 0
  const trusted = !full.bounded && Number.isFinite(square) && Number.isFinite(noise.trace)
  return {
    corrected: trusted ? interpolate(product, full, lambda, whitening) : product,
    shift: inPosteriorSds(full.mean, product, whitening),
    noise: Math.sqrt(noise.trace),
    lambda: trusted ? lambda : 0,
    predictedBias: Number.isFinite(square) ? { value: Math.sqrt(own), upper95: upperLimit(square, noise) } : undefined,
    doubt: trusted ? undefined : 'the third-order expansion has no proper mode near the product: the shards are too skewed',
  }
}

/**
 * The bias of the Gaussian product of shards, from third moments of their draws (see `skewCorrection`). Undefined where it cannot be told.
 */
export const predictBias = async (
  shards: readonly SubPosteriorDraws[],
  product: GaussianProduct,
  signal: AbortSignal,
): Promise<PredictedBias | undefined> => (await skewCorrection(shards, product, signal)).predictedBias

/** Numbers of the shards in whose own units the product's mean is too far from their mean. */
function shardsOutside(shards: readonly SubPosteriorDraws[], product: GaussianProduct, whitening: Whitening): number[] {
  const dimension = product.mean.length
  return shards
    .filter(({ moments }, place) => {
      const distance = quadraticForm(
        whitening.precision(product.shards[place].precision),
        whitening.whiten(mergeMoments(moments.batches).mean),
      )
      return chiSquareUpperTail(distance, dimension) * shards.length < GUARD_PROBABILITY
    })
    .map(({ shard }) => shard)
}

function quadraticForm(matrix: Float64Array, x: Float64Array): number {
  let value = 0
  for (let i = 0; i < x.length; i++) for (let j = 0; j < x.length; j++) value += x[i] * matrix[i * x.length + j] * x[j]
  return value
}

/** For each batch, the mean of all the others. */
function leaveOneOut(parts: readonly SkewExpansion[]): SkewExpansion[] {
  return parts.map((_, left) => weightedSum(parts, place => (place === left ? 0 : 1 / (parts.length - 1))))
}

/** Of the jackknife covariance C of the shift. */
interface Noise {
  readonly trace: number
  /** tr C^2. */
  readonly square: number
  /** A bound of its largest eigenvalue. */
  readonly largest: number
}

function jackknifeCovariance(replicates: readonly Float64Array[]): Noise {
  const dimension = replicates[0].length
  const count = replicates.length
  const centre = new Float64Array(dimension)
  for (const replicate of replicates) for (let i = 0; i < dimension; i++) centre[i] += replicate[i] / count
  const covariance = new Float64Array(dimension * dimension)
  for (const replicate of replicates) {
    for (let i = 0; i < dimension; i++) {
      for (let j = 0; j < dimension; j++) {
        covariance[i * dimension + j] += ((replicate[i] - centre[i]) * (replicate[j] - centre[j]) * (count - 1)) / count
      }
    }
  }
  let trace = 0
  for (let i = 0; i < dimension; i++) trace += covariance[i * dimension + i]
  const square = covariance.reduce((sum, value) => sum + value * value, 0)
  return { trace, square, largest: Math.sqrt(square) }
}

/** The largest bias whose noisy square is that small in one of twenty cases. */
function upperLimit(square: number, { trace, square: squares, largest }: Noise): number {
  const least = (bias: number): number => bias * bias + trace - T95 * Math.sqrt(2 * squares + 4 * bias * bias * largest)
  let high = Math.sqrt(square) + 1
  while (least(high) < square) high *= 2
  let low = 0
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (least(middle) < square) low = middle
    else high = middle
  }
  return high
}

function interpolate(product: CombinedMoments, full: CombinedMoments, lambda: number, whitening: Whitening): CombinedMoments {
  const covariance = whitening.restoreCovariance(full.covariance)
  return {
    mean: add(product.mean, whitening.restoreDifference(scaled(full.mean, lambda))),
    covariance: product.covariance.map((value, at) => value + lambda * (covariance[at] - value)),
  }
}

const inPosteriorSds = (shift: Float64Array, { covariance }: CombinedMoments, whitening: Whitening): Float64Array =>
  whitening.restoreDifference(shift).map((value, i) => value / Math.sqrt(covariance[i * shift.length + i]))
