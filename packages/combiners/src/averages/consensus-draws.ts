import type { DrawMatrix, Key, SubPosteriorDraws } from '@chorale/core/contracts'
import { averageDraws } from './average-draws.js'
import { inverseWithRidge } from '../linear-algebra/cholesky.js'
import type { GaussianProduct } from '../gaussian/gaussian-product.js'
import { addInto, multiply } from '../linear-algebra/matrix.js'

/**
 * Averages of draws, weighted by the precisions of two or more shards: theta_t = V sum_s P_s theta_{s,t} after an independent shuffle of every shard's draws. One
 * shard at a time.
 */
export async function consensusDraws(
  shards: readonly SubPosteriorDraws[],
  product: GaussianProduct,
  context: { readonly key: Key; readonly size: number; readonly signal: AbortSignal },
): Promise<DrawMatrix> {
  const { dimension } = shards[0].moments
  const total = new Float64Array(dimension * dimension)
  for (const { precision } of product.shards) addInto(total, precision)
  const inverse = inverseWithRidge(total, dimension)!
  return averageDraws(shards, place => multiply(inverse, product.shards[place].precision, dimension), product.mean, context)
}
