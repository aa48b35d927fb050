import type { SubPosteriorMoments } from '@chorale/core/contracts'
import { choleskyWithRidge, solveLower, solveTransposed } from '../linear-algebra/cholesky.js'
import type { GaussianProduct } from '../gaussian/gaussian-product.js'
import { chiSquareQuantile } from './overlap.js'
import { applyTo, subtract } from '../linear-algebra/matrix.js'
import { covarianceOf, mergeMoments } from '../moments/merge-moments.js'

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
 * To third order the mean moves by V sum_s inverse(L_s)' (T_s(d_s, d_s) - (1 - w_s) t_s)/2: T_s the third moments of the shard's whitened draws and t_s = E[u |u|^2]
 * their trace, V_s = L_s L_s', d_s the distance of the shard's mean from the product's in the shard's own units, w_s its influence. `value` is the second term, in
 * which skewness in opposite directions cancels, as it does in the product. Of T_s(d_s, d_s) only t_s is known: it is taken for that of skewness along one direction,
 * at random to d_s, so that its square is expected to be 3 |t_s|^2 |d_s|^4/(d (d + 2)). It has no direction that could be predicted, and widens `upper95`:
 * where shards are skewed and far apart, as small groups of a hierarchy are, it is the larger part. For Gaussian draws an entry of t_s has the variance
 * 2 (d + 2)/ESS, which gives the noise: about 0.71 d/sqrt(T) posterior sd, however many shards there are. Blind to tails that are heavy on both sides and to modes.
 * Undefined for one shard, and without third moments of every shard.
 */
export function skewnessBias(shards: readonly SubPosteriorMoments[], product: GaussianProduct): PredictedBias | undefined {
  if (shards.length < 2 || shards.some(({ moments }) => moments.thirdMoments === undefined)) return undefined
  const dimension = product.mean.length
  const pull = new Float64Array(dimension)
  let [noise, apart] = [0, 0]
  for (const [place, { moments, ess, powers }] of shards.entries()) {
    const all = mergeMoments(moments.batches)
    const factor = choleskyWithRidge(covarianceOf(all), dimension)
    if (factor === undefined) return undefined
    const { influence, mean } = product.shards[place]
    const third = moments.thirdMoments!
    const part = solveTransposed(factor, third)
    for (let i = 0; i < dimension; i++) pull[i] += (1 - influence) * part[i]
    const ownNoise = (2 * dimension * (dimension + 2)) / Math.min(all.count, ...ess.mean, ...ess.squared)
    // tr(V P_s)/d is the influence, and K times that where V is the product's to the power 1/K.
    const share = powers.likelihood * influence
    noise += ((1 - influence) * (1 - influence) * share * ownNoise) / 4
    const distance = lengthSquared(solveLower(factor, subtract(mean, product.mean)))
    apart += (3 * share * (lengthSquared(third) - ownNoise) * distance * distance) / (4 * dimension * (dimension + 2))
  }
  const square = applyTo(product.covariance, pull).reduce((sum, value, i) => sum + value * pull[i], 0) / 4
  return biasWithNoise(square, noise, { dimension, apart: Math.max(0, apart) })
}

/**
 * From the squared length of a noisy estimate and the expected squared length of its noise, which has `dimension` alike parts. `apart`: the expected squared
 * length of what is in the bias besides, in a direction that nobody knows.
 */
export function biasWithNoise(
  square: number,
  noise: number,
  { dimension, apart = 0 }: { readonly dimension: number; readonly apart?: number },
): PredictedBias | undefined {
  if (!Number.isFinite(square) || !Number.isFinite(noise) || !Number.isFinite(apart)) return undefined
  const own = Math.max(0, square - noise)
  const variance = (2 * noise * noise + 4 * own * (noise + apart)) / dimension
  // Jointly over the parameters: the part without a known direction is as long as a chi variable of all of them.
  const farthest = apart === 0 ? 0 : (apart * chiSquareQuantile(0.95, dimension)) / dimension
  return { value: Math.sqrt(own), upper95: Math.sqrt(own + farthest + 1.6448536269514722 * Math.sqrt(variance)) }
}

const lengthSquared = (values: Float64Array): number => values.reduce((sum, value) => sum + value * value, 0)
