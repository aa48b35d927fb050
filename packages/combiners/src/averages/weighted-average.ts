import type { SubPosteriorMoments } from '@chorale/core/contracts'
import type { AdditiveCombination } from '../moments/additive-combination.js'
import { centreOf } from '../gaussian/gaussian-product.js'
import { addInto } from '../linear-algebra/matrix.js'
import { covarianceOf, mergeMoments } from '../moments/merge-moments.js'

/** An average of draws with weights that ignore correlations, and its moments. */
export interface WeightedAverage {
  /** W_s of the shard at a place, diagonal d x d; they sum to the identity. */
  weightAt(place: number): Float64Array
  readonly combination: AdditiveCombination
  readonly origin: Float64Array
}

/**
 * Weights of a coordinate: 1/variance in the shard (`diagonal`, Scott et al. 2016, section 3.1) or 1/K (`equal`).
 *
 * Moments of the average of independent draws: mean = sum W_s m_s, covariance = sum W_s V_s W_s.
 */
export function weightedAverage(shards: readonly SubPosteriorMoments[], weighting: 'diagonal' | 'equal'): WeightedAverage {
  const { dimension } = shards[0].moments
  const weightOf = (covariance: Float64Array, i: number): number => (weighting === 'diagonal' ? 1 / covariance[i * dimension + i] : 1)
  const means: Float64Array[] = []
  const totals = new Float64Array(dimension)
  const own = shards.map(shard => {
    const all = mergeMoments(shard.moments.batches)
    const covariance = covarianceOf(all)
    means.push(all.mean.slice())
    const weights = Float64Array.from({ length: dimension }, (_, i) => weightOf(covariance, i))
    addInto(totals, weights)
    return weights
  })
  const origin = centreOf(means)

  return {
    weightAt(place) {
      const matrix = new Float64Array(dimension * dimension)
      for (let i = 0; i < dimension; i++) matrix[i * dimension + i] = own[place][i] / totals[i]
      return matrix
    },
    origin,
    combination: {
      // w, w (m - origin), w V w, one after another
      contribution: (_, part) => {
        const covariance = covarianceOf(part)
        const sums = new Float64Array(dimension * (2 + dimension))
        for (let i = 0; i < dimension; i++) {
          sums[i] = weightOf(covariance, i)
          sums[dimension + i] = sums[i] * (part.mean[i] - origin[i])
        }
        for (let i = 0; i < dimension; i++) {
          for (let j = 0; j < dimension; j++) sums[dimension * (2 + i) + j] = sums[i] * covariance[i * dimension + j] * sums[j]
        }
        return sums
      },
      finish: sums => ({
        mean: origin.map((value, i) => value + sums[dimension + i] / sums[i]),
        covariance: Float64Array.from({ length: dimension * dimension }, (_, at) => {
          const [i, j] = [Math.floor(at / dimension), at % dimension]
          return sums[2 * dimension + at] / sums[i] / sums[j]
        }),
      }),
    },
  }
}
