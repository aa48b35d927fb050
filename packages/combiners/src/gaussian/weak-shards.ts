import type { SubPosteriorMoments } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { cholesky } from '../linear-algebra/cholesky.js'
import type { GaussianProduct } from './gaussian-product.js'
import { whitenBy } from '../draws/whiten.js'

/**
 * A shard of n of N rows has about N/n times the posterior's variance; one with this many times more in some direction knows next to
 * nothing there.
 */
const WEAK = 5

/**
 * Whether a shard of so many rows and this precision hardly identifies some direction of the parameters: no row of a rare group, only successes. There the
 * sub-posterior is as wide as its tempered prior, and its moments do not show the shape that it has where the posterior lies, so no bias can be predicted from them.
 */
export function weakness(
  shards: readonly SubPosteriorMoments[],
  product: CombinedMoments,
): (rows: number, precision: Float64Array) => boolean {
  if (shards.length < 2) return () => false
  const dimension = product.mean.length
  const whitening = whitenBy(product)
  const total = shards.reduce((sum, { rows }) => sum + rows, 0)
  return (rows, precision) => {
    if (rows === 0) return false
    // No eigenvalue is smaller than the limit if what is left without it is positive definite.
    const beyond = whitening.precision(precision)
    for (let i = 0; i < dimension; i++) beyond[i * (dimension + 1)] -= rows / total / WEAK
    return cholesky(beyond, dimension) === undefined
  }
}

/** Numbers of the shards that hardly identify some direction of the parameters (see `weakness`). */
export function weakShards(shards: readonly SubPosteriorMoments[], product: GaussianProduct): number[] {
  const isWeak = weakness(shards, product)
  return shards.filter(({ rows }, place) => isWeak(rows, product.shards[place].precision)).map(({ shard }) => shard)
}
