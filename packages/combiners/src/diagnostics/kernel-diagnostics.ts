import type { JsonObject, SubPosteriorMoments } from '@chorale/core/contracts'
import { claimJson, unreliable } from './claim.js'
import { shardDiagnostics } from './shard-diagnostics.js'
import type { GaussianProduct } from '../gaussian/gaussian-product.js'

/**
 * What a combiner reports that multiplies densities estimated from draws: what moments say of the shards, and that nobody knows its own
 * error.
 */
export const kernelDiagnostics = (shards: readonly SubPosteriorMoments[], product: GaussianProduct, own: JsonObject): JsonObject => ({
  ...shardDiagnostics(shards, product).json,
  ...own,
  claim: claimJson(
    unreliable(
      'densities estimated from draws are multiplied, and what their estimates miss where the shards hardly overlap cannot be told from the draws',
    ),
  ),
})
