import type { MomentBatch } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { covarianceOf } from '../moments/merge-moments.js'
import { fromNatural } from '../moments/natural-parameters.js'
import { naturalParameters, type PrecisionRule } from '../moments/sub-posterior-estimate.js'

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
  return natural && fromNatural(natural, moments.mean)
}
