import type { MomentBatch } from '@chorale/core/contracts'
import type { CombinedMoments } from '../additive-combination.js'
import { choleskyWithRidge, inverseFromCholesky } from '../cholesky.js'
import { add, applyTo } from '../matrix.js'
import { covarianceOf } from '../merge-moments.js'
import { naturalParameters, type PrecisionRule } from '../sub-posterior-estimate.js'

/**
 * Mean and covariance of one sub-posterior, from these moments of it: by its score moments where they are the better estimate, else those of the draws (a sample
 * covariance has no bias, unlike its inverse). Undefined when the moments do not suffice.
 */
export function subPosteriorGaussian(rule: PrecisionRule, moments: MomentBatch): CombinedMoments | undefined {
  const dimension = moments.mean.length
  if (rule.method === 'inverse-covariance') {
    return moments.count < dimension + 2 ? undefined : { mean: moments.mean.slice(), covariance: covarianceOf(moments) }
  }
  const natural = naturalParameters(rule, moments, moments.mean)
  const factor = natural && choleskyWithRidge(natural.precision, dimension)
  if (natural === undefined || factor === undefined) return undefined
  const covariance = inverseFromCholesky(factor, dimension)
  return { mean: add(moments.mean, applyTo(covariance, natural.shift)), covariance }
}
