import type { SubPosteriorMoments } from '@chorale/core/contracts'
import { choleskyWithRidge } from '../cholesky.js'
import type { GaussianProduct } from '../gaussian-product.js'
import { applyTo } from '../matrix.js'
import { covarianceOf, mergeMoments } from '../merge-moments.js'

/** A bias in posterior standard deviations (Mahalanobis), the noise of its estimate taken out, and what it does not exceed in 95 % of cases. */
export interface PredictedBias {
  readonly value: number
  readonly upper95: number
}

/**
 * Bias of a Gaussian product or an average that the skewness of one shard predicts, in posterior standard deviations:
 * |E[u |u|^2]| (K - 1)/(2 sqrt K), u = whitened draws, if the K shards are alike. Noise adds about 0.71 d sqrt(K/T) of this for T draws. Undefined without third
 * moments.
 */
export function predictedBias(shard: SubPosteriorMoments, shards: number): number | undefined {
  const { thirdMoments } = shard.moments
  if (thirdMoments === undefined) return undefined
  return (Math.sqrt(lengthSquared(thirdMoments)) * (shards - 1)) / (2 * Math.sqrt(shards))
}

/**
 * Bias of a Gaussian product that the skewness of all shards together predicts, from moments alone.
 *
 * The third-order terms of the log densities shift the mode by V sum_s (1 - w_s) inverse(L_s)' t_s / 2, t_s = E[u |u|^2], V_s = L_s L_s', w_s the influence of the
 * shard; skewness in opposite directions cancels, as it does in the product. For Gaussian draws an entry of t_s has the variance 2 (d + 2)/ESS, which gives the
 * noise: about 0.71 d/sqrt(T) posterior sd, however many shards there are. Blind to tails that are heavy on both sides and to disagreement between shards.
 * Undefined for one shard, and without third moments of every shard.
 */
export function skewnessBias(shards: readonly SubPosteriorMoments[], product: GaussianProduct): PredictedBias | undefined {
  if (shards.length < 2 || shards.some(({ moments }) => moments.thirdMoments === undefined)) return undefined
  const dimension = product.mean.length
  const pull = new Float64Array(dimension)
  let noise = 0
  for (const [place, { moments, ess }] of shards.entries()) {
    const all = mergeMoments(moments.batches)
    const factor = choleskyWithRidge(covarianceOf(all), dimension)
    if (factor === undefined) return undefined
    const { influence } = product.shards[place]
    const part = solveTransposed(factor, moments.thirdMoments!)
    for (let i = 0; i < dimension; i++) pull[i] += (1 - influence) * part[i]
    const draws = Math.min(all.count, ...ess.mean, ...ess.squared)
    noise += ((1 - influence) * (1 - influence) * influence * dimension * (dimension + 2)) / (2 * draws)
  }
  const square = applyTo(product.covariance, pull).reduce((sum, value, i) => sum + value * pull[i], 0) / 4
  return biasWithNoise(square, noise, dimension)
}

/** From the squared length of a noisy estimate and the expected squared length of its noise, which has `dimension` alike parts. */
export function biasWithNoise(square: number, noise: number, dimension: number): PredictedBias | undefined {
  if (!Number.isFinite(square) || !Number.isFinite(noise)) return undefined
  const own = Math.max(0, square - noise)
  const spread = Math.sqrt((2 * noise * noise + 4 * own * noise) / dimension)
  return { value: Math.sqrt(own), upper95: Math.sqrt(own + 1.6448536269514722 * spread) }
}

/** x with L' x = b. */
function solveTransposed(lower: Float64Array, b: Float64Array): Float64Array {
  const dimension = b.length
  const x = b.slice()
  for (let i = dimension - 1; i >= 0; i--) {
    for (let k = i + 1; k < dimension; k++) x[i] -= lower[k * dimension + i] * x[k]
    x[i] /= lower[i * dimension + i]
  }
  return x
}

const lengthSquared = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0)
