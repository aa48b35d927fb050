import type { JsonObject, SubPosteriorMoments } from '@chorale/core/contracts'
import type { AdditiveCombination, CombinedMoments } from '../moments/additive-combination.js'
import { claimJson, claimWithin } from '../diagnostics/claim.js'
import { shardDiagnostics } from '../diagnostics/shard-diagnostics.js'
import { combinationDiagnostics, gaussianClaim } from '../diagnostics/combination-diagnostics.js'
import { gaussianProduct, type GaussianProduct } from './gaussian-product.js'
import { jackknifeSummary } from '../moments/jackknife.js'
import { scaled } from '../linear-algebra/matrix.js'

/**
 * The product of the Gaussians of K inflated sub-posteriors to the power 1/K: their product with K times its covariance. The posterior, where they are Gaussian.
 * Throws as `gaussianProduct`.
 */
export function inflatedProduct(shards: readonly SubPosteriorMoments[]): GaussianProduct {
  const product = gaussianProduct(shards)
  if (shards.length === 1) return product
  const widened = ({ mean, covariance }: CombinedMoments): CombinedMoments => ({ mean, covariance: scaled(covariance, shards.length) })
  const { combination } = product
  return {
    ...product,
    ...widened(product),
    combination: {
      ...combination,
      finish: total => {
        const combined = combination.finish(total)
        return combined && widened(combined)
      },
    },
  }
}

/**
 * What a combination of inflated sub-posteriors reports that is not their product: its own moments and standard errors, the shards as the product sees them, and the
 * product's claim widened by `fromProduct`, the largest distance of a mean or sd from it in posterior sd.
 */
export function diagnosticsBesideProduct(
  shards: readonly SubPosteriorMoments[],
  combination: AdditiveCombination,
  product: GaussianProduct,
): JsonObject {
  const summary = jackknifeSummary(shards, combination)
  const ofShards = shardDiagnostics(shards, product)
  const fromProduct = largestDistance(summary, product)
  const claim = gaussianClaim(shards, summary, ofShards)
  const why = 'distance from the product of the Gaussians, bias predicted for that, and Monte Carlo error'
  return {
    ...combinationDiagnostics(shards, combination),
    ...ofShards.json,
    fromProduct,
    claim: claimJson(claim.kind === 'approximate' ? claimWithin(claim.sd + fromProduct, why) : claim),
  }
}

function largestDistance(own: { readonly mean: Float64Array; readonly sd: Float64Array }, product: GaussianProduct): number {
  const dimension = own.mean.length
  let largest = 0
  for (let i = 0; i < dimension; i++) {
    const sd = Math.sqrt(product.covariance[i * dimension + i])
    largest = Math.max(largest, Math.abs(own.mean[i] - product.mean[i]) / sd, Math.abs(own.sd[i] / sd - 1))
  }
  return largest
}
