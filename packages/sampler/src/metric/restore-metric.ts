import type { SavedState } from '../chain/saved-state.js'
import { denseMetric } from './dense-metric.js'
import { diagonalMetric } from './diagonal-metric.js'
import { lowRankMetric } from './low-rank-metric.js'
import type { Metric } from './metric.js'

/** The metric whose `save` gave these vectors: which vectors there are says its kind. Throws a RangeError for anything else. */
export function restoreMetric(saved: SavedState): Metric {
  const { variances, covariance, scales, vectors, eigenvalues } = saved
  if (variances) return diagonalMetric(variances)
  if (scales && vectors && eigenvalues) return lowRankMetric({ scales, vectors, eigenvalues })
  const dense = covariance && denseMetric(covariance, Math.round(Math.sqrt(covariance.length)))
  if (!dense) throw new RangeError(`These vectors are not a saved metric: ${Object.keys(saved).join(', ')}`)
  return dense
}
