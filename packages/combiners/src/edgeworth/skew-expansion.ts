import type { SubPosteriorDraws, SubPosteriorMoments } from '@chorale/core/contracts'
import { checkDraws } from '../check-sub-posteriors.js'
import { inverseWithRidge } from '../linear-algebra/cholesky.js'
import type { GaussianProduct } from '../gaussian/gaussian-product.js'
import { traceOfProduct } from '../linear-algebra/matrix.js'
import type { Whitening } from '../draws/whiten.js'

/**
 * The third-order part of a sum of log densities, in the units and about the mean of the Gaussian product: its gradient at x is (K(x, x) -
 * 2 M x + c)/2 and its Hessian K(x) - M. Sums over shards, so expansions add.
 */
export interface SkewExpansion {
  readonly dimension: number
  /** K, symmetric in its three indices: d x d x d. */
  readonly cubic: Float64Array
  /** M, d x d. */
  readonly quadratic: Float64Array
  /** c, length d. */
  readonly linear: Float64Array
}

/**
 * The expansion from each of `batches` equal parts of every shard's draws.
 *
 * A shard with mean m, precision P and u = theta - m, y = P u has the third-order log density -z'P z/2 + E[(y'z)^3]/6 - z'E[(u'P u) y]/2, z
 * = x - m (a Gram-Charlier series). With K_s = E[y y y] its terms are K_s, K_s(m) and K_s(m, m) - K_s : inverse(P). O(T d^3/6) a shard; one
 * shard's draws are in memory at a time. Fewer batches where a shard has fewer draws.
 */
export async function skewExpansions(
  shards: readonly SubPosteriorDraws[],
  product: GaussianProduct,
  whitening: Whitening,
  { batches, signal }: { readonly batches: number; readonly signal: AbortSignal },
): Promise<SkewExpansion[]> {
  const { dimension } = whitening
  const sums = Array.from({ length: batches }, () => emptyExpansion(dimension))
  for (const [place, shard] of shards.entries()) {
    signal.throwIfAborted()
    const draws = await shard.draws()
    checkDraws(shard, draws)
    const precision = whitening.precision(product.shards[place].precision)
    const covariance = inverseWithRidge(precision, dimension)!
    const { mean, tensors } = thirdMoments(whitening.whiten(draws.values), precision, batches)
    for (let b = 0; b < batches; b++) addShardInto(sums[b], tensors[b], mean, covariance)
  }
  return sums
}

/** How many batches the shortest shard allows, at most `wanted`. */
export const batchCount = (shards: readonly SubPosteriorMoments[], wanted: number): number =>
  shards.reduce((least, { moments }) => Math.min(least, moments.batches.reduce((total, { count }) => total + count, 0) >> 1), wanted)

const emptyExpansion = (dimension: number): SkewExpansion => ({
  dimension,
  cubic: new Float64Array(dimension * dimension * dimension),
  quadratic: new Float64Array(dimension * dimension),
  linear: new Float64Array(dimension),
})

/** sum_k weights[k] expansions[k]. */
export function weightedSum(expansions: readonly SkewExpansion[], weightOf: (place: number) => number): SkewExpansion {
  const total = emptyExpansion(expansions[0].dimension)
  expansions.forEach((expansion, place) => {
    const weight = weightOf(place)
    for (const part of ['cubic', 'quadratic', 'linear'] as const) {
      for (let at = 0; at < total[part].length; at++) total[part][at] += weight * expansion[part][at]
    }
  })
  return total
}

/** E[y y y] of each batch about the mean of all draws. */
function thirdMoments(values: Float64Array, precision: Float64Array, batches: number): { mean: Float64Array; tensors: Float64Array[] } {
  const dimension = Math.round(Math.sqrt(precision.length))
  const draws = values.length / dimension
  const mean = new Float64Array(dimension)
  for (let at = 0; at < values.length; at++) mean[at % dimension] += values[at] / draws
  const y = new Float64Array(dimension)
  const tensors = Array.from({ length: batches }, (_, batch) => {
    const tensor = new Float64Array(dimension * dimension * dimension)
    const [first, last] = [Math.floor((batch * draws) / batches), Math.floor(((batch + 1) * draws) / batches)]
    for (let t = first; t < last; t++) {
      for (let i = 0; i < dimension; i++) {
        y[i] = 0
        for (let j = 0; j < dimension; j++) y[i] += precision[i * dimension + j] * (values[t * dimension + j] - mean[j])
      }
      for (let i = 0; i < dimension; i++) {
        for (let j = 0; j <= i; j++) {
          const pair = y[i] * y[j]
          for (let k = 0, at = (i * dimension + j) * dimension; k <= j; k++, at++) tensor[at] += pair * y[k]
        }
      }
    }
    return symmetric(tensor, dimension, 1 / Math.max(1, last - first))
  })
  return { mean, tensors }
}

/** Fills a tensor that has its entries i >= j >= k, times `factor`. */
function symmetric(tensor: Float64Array, dimension: number, factor: number): Float64Array {
  const result = new Float64Array(tensor.length)
  const place = (i: number, j: number, k: number): number => (i * dimension + j) * dimension + k
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) {
      for (let k = 0; k <= j; k++) {
        const value = factor * tensor[place(i, j, k)]
        result[place(i, j, k)] = value
        result[place(i, k, j)] = value
        result[place(j, i, k)] = value
        result[place(j, k, i)] = value
        result[place(k, i, j)] = value
        result[place(k, j, i)] = value
      }
    }
  }
  return result
}

function addShardInto(sum: SkewExpansion, tensor: Float64Array, mean: Float64Array, covariance: Float64Array): void {
  const { dimension } = sum
  const along = contract(tensor, mean)
  for (let at = 0; at < tensor.length; at++) sum.cubic[at] += tensor[at]
  for (let at = 0; at < along.length; at++) sum.quadratic[at] += along[at]
  for (let i = 0; i < dimension; i++) {
    let value = -traceOfProduct(tensor.subarray(i * dimension * dimension, (i + 1) * dimension * dimension), covariance)
    for (let j = 0; j < dimension; j++) value += along[i * dimension + j] * mean[j]
    sum.linear[i] += value
  }
}

/** K(x): the matrix sum_k K_ijk x_k. */
export function contract(tensor: Float64Array, x: Float64Array): Float64Array {
  const dimension = x.length
  const result = new Float64Array(dimension * dimension)
  for (let pair = 0; pair < result.length; pair++) {
    for (let k = 0; k < dimension; k++) result[pair] += tensor[pair * dimension + k] * x[k]
  }
  return result
}
