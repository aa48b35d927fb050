import { foldIn, permutation } from '@chorale/random'
import type { DrawMatrix, Key, SubPosteriorDraws } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { checkDraws } from '../check-sub-posteriors.js'
import { rowsOf } from './draw-rows.js'
import { fromNatural } from '../moments/natural-parameters.js'
import { recentreDraws } from './recentre.js'
import { estimateSubPosterior } from '../moments/sub-posterior-estimate.js'
import type { Whitening } from './whiten.js'

/**
 * At most `limit` of a shard's draws in random order, in the units of `whitening`, moved to the mean and covariance that the shard's
 * moments estimate best. With score moments these are far less noisy than those of the draws, and exact for a Gaussian shard.
 *
 * Throws as `checkDraws`, `estimateSubPosterior` and `recentreDraws`.
 */
export async function standardDraws(shard: SubPosteriorDraws, whitening: Whitening, limit: number, key: Key): Promise<DrawMatrix> {
  const matrix = await shard.draws()
  checkDraws(shard, matrix)
  const some = rowsOf(matrix, permutation(matrix.draws, foldIn(key, shard.shard)).subarray(0, limit))
  const moved = recentreDraws(some, estimatedMoments(shard))
  return { ...moved, values: whitening.whiten(moved.values) }
}

function estimatedMoments(shard: SubPosteriorDraws): CombinedMoments {
  const { moments, natural } = estimateSubPosterior(shard)
  return fromNatural(natural, moments.mean)!
}
