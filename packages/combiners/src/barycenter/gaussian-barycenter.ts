import type { DrawMatrix, SubPosteriorMoments } from '@chorale/core/contracts'
import { totalOf, type AdditiveCombination, type CombinedMoments } from '../moments/additive-combination.js'
import { choleskyWithRidge, lowerInverse } from '../linear-algebra/cholesky.js'
import { multiply, scaled, transpose } from '../linear-algebra/matrix.js'
import { moveDraws, spanningMoments } from '../draws/recentre.js'
import { inverseSquareRoot, squareRoot } from '../linear-algebra/spectral.js'
import { estimateSubPosterior, type PrecisionRule } from '../moments/sub-posterior-estimate.js'
import { barycentreStep, buresWassersteinBarycenter, optimalTransport, rootBetween } from './bures-wasserstein.js'
import { subPosteriorGaussian } from './sub-posterior-gaussian.js'

/** The Gaussian in the middle of the shards' Gaussians, and the way there. */
export interface GaussianBarycenter extends CombinedMoments {
  readonly combination: AdditiveCombination
  readonly steps: number
  /** Draws of the shard at this place, carried from their own mean and covariance to those of the barycentre by optimal transport. */
  transported(draws: DrawMatrix, place: number): DrawMatrix
}

/**
 * The Wasserstein-2 barycentre of the shards' Gaussians, equally weighted: mean (1/S) sum m_s, covariance by `buresWassersteinBarycenter`.
 *
 * Distances are measured in units of the average covariance of the shards, (1/S) sum V_s = L L', not in those of the parameters: the barycentre then follows affine
 * maps of the draws. Standard errors in `combination` let one step of the fixed point stand for the whole of it, which is exact for covariances that commute.
 * Shards must have passed `checkSubPosteriors`. Throws as `estimateSubPosterior` and `buresWassersteinBarycenter`.
 */
export function gaussianBarycenter(shards: readonly SubPosteriorMoments[]): GaussianBarycenter {
  const { dimension } = shards[0].moments
  const rules: PrecisionRule[] = []
  const gaussians = shards.map(shard => {
    const { rule, moments } = estimateSubPosterior(shard)
    rules.push(rule)
    return subPosteriorGaussian(rule, moments)!
  })
  const average = (parts: readonly Float64Array[]): Float64Array => scaled(totalOf(parts), 1 / parts.length)

  const factor = choleskyWithRidge(average(gaussians.map(({ covariance }) => covariance)), dimension)!
  const inverse = lowerInverse(factor, dimension)
  const sandwich = (left: Float64Array, matrix: Float64Array): Float64Array =>
    multiply(multiply(left, matrix, dimension), transpose(left, dimension), dimension)
  const whitened = (covariance: Float64Array): Float64Array => sandwich(inverse, covariance)

  const { covariance: middle, steps } = buresWassersteinBarycenter(
    gaussians.map(({ covariance }) => whitened(covariance)),
    dimension,
  )
  const root = squareRoot(middle, dimension)
  const inverseRoot = inverseSquareRoot(middle, dimension)
  const mean = average(gaussians.map(part => part.mean))
  return {
    mean,
    covariance: sandwich(factor, middle),
    steps,
    combination: {
      contribution: (place, moments) => {
        const part = subPosteriorGaussian(rules[place], moments)
        return part && Float64Array.from([...part.mean, ...rootBetween(root, whitened(part.covariance), dimension)])
      },
      finish: total => {
        const means = scaled(total, 1 / shards.length)
        return {
          mean: means.slice(0, dimension),
          covariance: sandwich(factor, barycentreStep([means.slice(dimension)], inverseRoot, dimension)),
        }
      },
    },
    transported(draws, place) {
      const own = spanningMoments(draws, `shard ${shards[place].shard}`)
      const map = multiply(multiply(factor, optimalTransport(whitened(own.covariance), middle, dimension), dimension), inverse, dimension)
      return moveDraws(draws, { from: own.mean, map, to: mean })
    },
  }
}
