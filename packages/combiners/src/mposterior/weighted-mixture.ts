import type { SubPosteriorMoments } from '@chorale/core/contracts'
import type { AdditiveCombination } from '../moments/additive-combination.js'
import { centreOf } from '../gaussian/gaussian-product.js'
import { covarianceOf, mergeMoments } from '../moments/merge-moments.js'

/** Moments of a mixture of the shards' draws with these weights (sum 1): mean sum w m, covariance sum w (V + m m') - mean mean'. */
export function weightedMixture(shards: readonly SubPosteriorMoments[], weights: Float64Array): AdditiveCombination {
  const { dimension } = shards[0].moments
  const origin = centreOf(shards.map(shard => mergeMoments(shard.moments.batches).mean.slice()))
  return {
    contribution: (place, part) => {
      if (part.count < 2) return undefined
      const covariance = covarianceOf(part)
      const sums = new Float64Array(dimension * (dimension + 1))
      for (let i = 0; i < dimension; i++) {
        const deviation = part.mean[i] - origin[i]
        sums[i] = weights[place] * deviation
        for (let j = 0; j < dimension; j++) {
          sums[dimension * (1 + i) + j] = weights[place] * (covariance[i * dimension + j] + deviation * (part.mean[j] - origin[j]))
        }
      }
      return sums
    },
    finish: sums => ({
      mean: origin.map((value, i) => value + sums[i]),
      covariance: Float64Array.from({ length: dimension * dimension }, (_, at) => {
        const [i, j] = [Math.floor(at / dimension), at % dimension]
        return sums[dimension + at] - sums[i] * sums[j]
      }),
    }),
  }
}
