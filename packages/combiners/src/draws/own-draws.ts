import type { CombinedDraws, DrawMatrix, SubPosteriorDraws } from '@chorale/core/contracts'
import { checkDraws } from '../check-sub-posteriors.js'
import { combinationDiagnostics } from '../diagnostics/combination-diagnostics.js'
import { resizeDraws } from './draw-rows.js'
import { gaussianProduct } from '../gaussian/gaussian-product.js'

/** A single shard's draws as they are, `size` of them. Throws as `checkDraws`. */
export async function ownDraws(shard: SubPosteriorDraws, size: number): Promise<DrawMatrix> {
  const draws = await shard.draws()
  checkDraws(shard, draws)
  return resizeDraws(draws, size)
}

/** The combination of a single shard: its draws as they are, and what is known of its moments. */
export async function singleShard(shard: SubPosteriorDraws, size: number): Promise<CombinedDraws> {
  const product = gaussianProduct([shard])
  return { draws: await ownDraws(shard, size), diagnostics: combinationDiagnostics([shard], product.combination, product) }
}
