import {
  isChoraleError,
  type CombinedDraws,
  type DrawMatrix,
  type Json,
  type JsonObject,
  type SubPosteriorDraws,
  type SubPosteriorMoments,
} from '@chorale/core/contracts'
import { isInflated } from '../check-sub-posteriors.js'
import { thinnedDraws } from '../draws/draw-rows.js'
import { gaussianProduct } from '../gaussian/gaussian-product.js'
import { sampleMoments } from '../draws/sample-moments.js'
import { spreadOfShards } from '../draws/spread-of-draws.js'
import { claimJson, unreliable } from './claim.js'
import { ellipsoidCounter, overlapOf } from './overlap.js'
import { shardDiagnostics } from './shard-diagnostics.js'

const SHARDS_LOOKED_AT = 20
const DRAWS_LOOKED_AT = 2000

/**
 * The report of a combiner with what it left out and every combiner should say: what the shards' moments show (`shardDiagnostics`), and a claim. A combiner that says
 * nothing of its error claims nothing.
 */
export function completeDiagnostics(combiner: string, shards: readonly SubPosteriorMoments[], combined: CombinedDraws): CombinedDraws {
  const { diagnostics = {}, check } = combined
  const claim =
    diagnostics.claim === undefined && check === undefined
      ? { claim: claimJson(unreliable(`no bound on the error of "${combiner}" is known without evaluating the density`)) }
      : {}
  return { ...combined, diagnostics: { ...(diagnostics.heterogeneity === undefined ? ofShards(shards) : {}), ...diagnostics, ...claim } }
}

function ofShards(shards: readonly SubPosteriorMoments[]): JsonObject {
  if (isInflated(shards)) return {}
  try {
    return shardDiagnostics(shards, gaussianProduct(shards)).json
  } catch (error) {
    // A combiner that needs no covariances may work where there is no Gaussian product; there is no label switching to find either.
    if (isChoraleError(error) && error.code !== 'CHORALE_COMBINE_LABEL_SWITCHING') return { heterogeneity: null }
    throw error
  }
}

/** `overlap` of the shards' draws with the combined posterior, from up to 2000 draws of each of up to 20 shards, evenly spread. Null where draws do not span the space. */
export async function withOverlap(shards: readonly SubPosteriorDraws[], combined: CombinedDraws): Promise<CombinedDraws> {
  if (shards.length === 1) return combined
  return { ...combined, diagnostics: { ...combined.diagnostics, overlap: await overlapJson(shards, combined.draws) } }
}

async function overlapJson(shards: readonly SubPosteriorDraws[], draws: DrawMatrix): Promise<Json> {
  const { dimension } = draws
  const inside = draws.draws > dimension + 1 ? ellipsoidCounter(sampleMoments(draws)) : undefined
  if (inside === undefined) return null
  const counts = []
  for (const shard of spreadOfShards(shards, SHARDS_LOOKED_AT)) {
    const own = thinnedDraws(await shard.draws(), DRAWS_LOOKED_AT)
    counts.push({ inside: inside(own), draws: own.draws })
  }
  return { ...overlapOf(counts, dimension, shards.length) }
}
