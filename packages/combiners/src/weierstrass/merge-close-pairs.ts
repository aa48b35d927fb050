import { foldIn } from '@chorale/random'
import { ChoraleError, type DrawMatrix, type Key } from '@chorale/core/contracts'
import { pairingOrder } from '../averages/average-draws.js'
import { choleskyWithRidge, inverseFromCholesky, inverseWithRidge, lowerInverse } from '../linear-algebra/cholesky.js'
import { add, multiply } from '../linear-algebra/matrix.js'
import { nthSmallestInto } from '../nth-smallest.js'
import { sampleMoments } from '../draws/sample-moments.js'

/**
 * `size` draws of about the product of two densities: of size/acceptance random pairs (x, y) those with the least (x - y)' inverse(V1 + V2)
 * (x - y) are kept, as V (P1 x + P2 y), P = inverse(V1) and so on, V = inverse(P1 + P2). For Gaussian draws that average is independent of
 * x - y, so any acceptance is exact; acceptance 1 is consensus, acceptance 0 the product itself. Distances follow affine maps of the draws.
 */
export function mergeClosePairs(
  a: DrawMatrix,
  b: DrawMatrix,
  { size, acceptance, key }: { size: number; acceptance: number; key: Key },
): DrawMatrix {
  const { dimension } = a
  const [first, second] = [sampleMoments(a).covariance, sampleMoments(b).covariance]
  const sumFactor = choleskyWithRidge(add(first, second), dimension)
  const factors = [first, second].map(covariance => choleskyWithRidge(covariance, dimension))
  if (sumFactor === undefined || factors[0] === undefined || factors[1] === undefined) throw singular(a, b)
  const distance = lowerInverse(sumFactor, dimension)
  const precisions = factors.map(factor => inverseFromCholesky(factor!, dimension))
  const combined = inverseWithRidge(add(precisions[0], precisions[1]), dimension)!
  const weights = precisions.map(precision => multiply(combined, precision, dimension))

  const pairs = Math.max(size, Math.round(size / acceptance))
  const orders = [pairingOrder(pairs, a.draws, foldIn(key, 1)), pairingOrder(pairs, b.draws, foldIn(key, 2))]
  // |L (x - y)|^2 with both sets in those units once
  const [x, y] = [transformed(a, distance), transformed(b, distance)]
  const distances = new Float64Array(pairs)
  for (let pair = 0; pair < pairs; pair++) {
    const [i, j] = [orders[0][pair] * dimension, orders[1][pair] * dimension]
    let square = 0
    for (let k = 0; k < dimension; k++) square += (x[i + k] - y[j + k]) * (x[i + k] - y[j + k])
    distances[pair] = square
  }
  const kept = closest(distances, size)

  const [u, v] = [transformed(a, weights[0]), transformed(b, weights[1])]
  const values = new Float64Array(size * dimension)
  kept.forEach((pair, row) => {
    for (let k = 0; k < dimension; k++)
      values[row * dimension + k] = u[orders[0][pair] * dimension + k] + v[orders[1][pair] * dimension + k]
  })
  return { draws: size, dimension, values }
}

/** Places of the `size` smallest values, in their order; of equal ones the first. */
function closest(values: Float64Array, size: number): Uint32Array {
  const places = new Uint32Array(size)
  const limit = nthSmallestInto(values.slice(), size - 1)
  let equal = size
  for (const value of values) if (value < limit) equal--
  let count = 0
  for (let place = 0; place < values.length && count < size; place++) {
    if (values[place] < limit || (values[place] === limit && equal-- > 0)) places[count++] = place
  }
  return places
}

function transformed({ values, dimension }: DrawMatrix, matrix: Float64Array): Float64Array {
  const result = new Float64Array(values.length)
  for (let at = 0; at < values.length; at += dimension) {
    for (let i = 0; i < dimension; i++) {
      let value = 0
      for (let j = 0; j < dimension; j++) value += matrix[i * dimension + j] * values[at + j]
      result[at + i] = value
    }
  }
  return result
}

const singular = (a: DrawMatrix, b: DrawMatrix): ChoraleError =>
  new ChoraleError(
    'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
    `${Math.min(a.draws, b.draws)} draws of ${a.dimension} coordinates have a singular covariance.`,
    { fix: 'draw more; at least 20 effective draws per parameter in every shard' },
  )
