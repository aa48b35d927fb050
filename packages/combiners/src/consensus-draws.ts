import type { DrawMatrix, Key, SubPosteriorDraws } from '@chorale/core/contracts'
import { totalOf, type CombinedMoments } from './additive-combination.js'
import { averageDraws } from './average-draws.js'
import { choleskyWithRidge, inverseFromCholesky } from './cholesky.js'
import type { GaussianProduct } from './gaussian-product.js'
import { multiply } from './matrix.js'
import { recentreDraws } from './recentre.js'

/**
 * Averages of draws, weighted by the precisions of two or more shards, moved to exactly the mean and covariance of `target`: theta_t = V
 * sum_s P_s theta_{s,t} after an independent shuffle of every shard's draws, then an affine map.
 */
export async function consensusDraws(
  shards: readonly SubPosteriorDraws[],
  product: GaussianProduct,
  target: CombinedMoments,
  context: { readonly key: Key; readonly size: number; readonly signal: AbortSignal },
): Promise<DrawMatrix> {
  const { dimension } = shards[0].moments
  const precisions = product.shards.map(({ precision }) => precision)
  const inverse = inverseFromCholesky(choleskyWithRidge(totalOf(precisions), dimension)!, dimension)
  const weights = precisions.map(precision => multiply(inverse, precision, dimension))
  return recentreDraws(await averageDraws(shards, weights, product.mean, context), target)
}
