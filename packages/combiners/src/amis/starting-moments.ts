import { isChoraleError, type SubPosteriorMoments } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { centreOf, gaussianProduct, type GaussianProduct } from '../gaussian/gaussian-product.js'
import { covarianceOf, mergeMoments } from '../moments/merge-moments.js'

/** The Gaussian that adaptation starts from, and the product it comes from where there is one. */
export interface StartingMoments extends CombinedMoments {
  readonly product: GaussianProduct | undefined
}

/**
 * The Gaussian product; where there is none (too few draws, no proper sum of precisions), the average of the shards' means with the average of their covariances over
 * K: a poor guess, which adaptation corrects or the check reports.
 */
export function startingMoments(shards: readonly SubPosteriorMoments[]): StartingMoments {
  try {
    const product = gaussianProduct(shards)
    return { mean: product.mean, covariance: product.covariance, product }
  } catch (error) {
    if (!isChoraleError(error)) throw error
    const { dimension } = shards[0].moments
    const all = shards.map(({ moments }) => mergeMoments(moments.batches))
    const covariance = new Float64Array(dimension * dimension)
    for (const moments of all) {
      const own = moments.count > dimension ? covarianceOf(moments) : diagonalOf(covarianceOf(moments), dimension)
      for (let i = 0; i < covariance.length; i++) covariance[i] += own[i] / shards.length / shards.length
    }
    return { mean: centreOf(all.map(({ mean }) => mean)), covariance, product: undefined }
  }
}

function diagonalOf(matrix: Float64Array, dimension: number): Float64Array {
  return matrix.map((value, at) => (Math.floor(at / dimension) === at % dimension ? value : 0))
}
