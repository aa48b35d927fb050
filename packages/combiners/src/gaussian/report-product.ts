import type { Log, SubPosteriorMoments } from '@chorale/core/contracts'
import type { GaussianProduct } from './gaussian-product.js'
import { standInSites } from '../moments/stand-ins.js'

/** From this part of the combined precision on, one of three or more shards is said to decide the result. */
const DOMINANT_INFLUENCE = 0.9

/** Tells the log what a reader of the result should know about a product. */
export function reportProduct(product: GaussianProduct, shards: readonly SubPosteriorMoments[], log: Log): void {
  const fallen = product.shards.filter(({ method }) => method === 'inverse-covariance').map(({ shard }) => shard)
  if (fallen.length > 0) {
    log.info(
      `${fallen.length} of ${shards.length} shards are combined by their inverse covariance: their score moments are missing or noisier.`,
      {
        shards: fallen,
      },
    )
  }
  for (const { shard, influence } of product.shards) {
    if (shards.length < 3 || influence < DOMINANT_INFLUENCE) continue
    log.warn(
      `Shard ${shard} holds ${(100 * influence).toFixed(0)} % of the combined precision: it is stuck, or it alone knows the parameters.`,
      {
        shard,
        influence,
      },
    )
  }
  const sites = standInSites(shards)
  if (sites.length > 0) {
    log.warn(
      `The normal stand-ins for the prior of ${sites.join(', ')} are removed; the true prior is not in these draws until they are reweighted.`,
      {
        sites,
      },
    )
  }
}
