import { foldIn, permutation } from '@chorale/random'
import type { DrawMatrix, Key, SubPosteriorDraws } from '@chorale/core/contracts'
import { checkDraws } from './check-sub-posteriors.js'
import { choleskyWithRidge, inverseFromCholesky } from './cholesky.js'
import { add, applyTo } from './matrix.js'
import { recentreDraws } from './recentre.js'
import { estimateSubPosterior } from './sub-posterior-estimate.js'
import type { Whitening } from './whiten.js'

/**
 * At most `limit` of a shard's draws in random order, in the units of `whitening`, moved to the mean and covariance that the shard's
 * moments estimate best. With score moments these are far less noisy than those of the draws, and exact for a Gaussian shard.
 *
 * Throws as `checkDraws`, `estimateSubPosterior` and `recentreDraws`.
 */
export async function standardDraws(shard: SubPosteriorDraws, whitening: Whitening, limit: number, key: Key): Promise<DrawMatrix> {
  const { dimension } = whitening
  const matrix = await shard.draws()
  checkDraws(shard, matrix)
  const rows = Math.min(limit, matrix.draws)
  const values = new Float64Array(rows * dimension)
  permutation(matrix.draws, foldIn(key, shard.shard))
    .subarray(0, rows)
    .forEach((draw, row) => values.set(matrix.values.subarray(draw * dimension, (draw + 1) * dimension), row * dimension)) // prettier-ignore
  const moved = recentreDraws({ draws: rows, dimension, values }, estimatedMoments(shard))
  return { ...moved, values: whitening.whiten(moved.values) }
}

function estimatedMoments(shard: SubPosteriorDraws) {
  const { moments, natural } = estimateSubPosterior(shard)
  const { dimension } = shard.moments
  const covariance = inverseFromCholesky(choleskyWithRidge(natural.precision, dimension)!, dimension)
  return { mean: add(moments.mean, applyTo(covariance, natural.shift)), covariance }
}
