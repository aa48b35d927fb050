import { choleskyWithRidge, inverseWithRidge, solveCholesky } from '../linear-algebra/cholesky.js'
import { applyTo, subtract } from '../linear-algebra/matrix.js'
import type { CombinedMoments } from '../moments/additive-combination.js'
import type { ShardGaussian } from './shard-gaussians.js'

/**
 * |mu - mu_-s| in posterior standard deviations: how far the product's mean moves when a shard is left out.
 *
 * From natural parameters: mu_-s - mu = -inverse(P - P_s) P_s (m_s - mu). Undefined where nothing proper remains: a single shard, or one that alone knows a
 * parameter.
 */
export function leaveOneOutShift(combined: CombinedMoments): (shard: Pick<ShardGaussian, 'mean' | 'precision'>) => number | undefined {
  const dimension = combined.mean.length
  const total = inverseWithRidge(combined.covariance, dimension)
  if (total === undefined) return () => undefined
  return ({ mean, precision }) => {
    const remaining = choleskyWithRidge(subtract(total, precision), dimension)
    if (remaining === undefined) return undefined
    const shift = solveCholesky(remaining, applyTo(precision, subtract(mean, combined.mean)))
    const length = applyTo(total, shift).reduce((sum, value, i) => sum + value * shift[i], 0)
    return Number.isFinite(length) ? Math.sqrt(Math.max(0, length)) : undefined
  }
}
