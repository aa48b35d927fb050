import { ChoraleError, type DrawMatrix } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'
import { choleskyWithRidge, congruence, lowerInverse } from '../linear-algebra/cholesky.js'
import { thinnedDraws } from './draw-rows.js'
import { applyTo, multiply, transpose } from '../linear-algebra/matrix.js'

/** Coordinates x = inverse(A)(theta - centre) in which a Gaussian with covariance A A' is standard. */
export interface Whitening {
  readonly dimension: number
  /** Row by row; a new array. */
  whiten(values: Float64Array): Float64Array
  restore(values: Float64Array): Float64Array
  /** A x: a difference of x as one of theta. */
  restoreDifference(difference: Float64Array): Float64Array
  /** A C A': a covariance of x as one of theta. */
  restoreCovariance(matrix: Float64Array): Float64Array
  /** A' P A: a precision of theta as one of x. */
  precision(matrix: Float64Array): Float64Array
}

/** With A the Cholesky factor of the covariance. Throws `CHORALE_COMBINE_NOT_POSITIVE_DEFINITE`. */
export function whitenBy({ mean, covariance }: CombinedMoments): Whitening {
  const dimension = mean.length
  const factor = choleskyWithRidge(covariance, dimension)
  if (factor === undefined) {
    throw new ChoraleError('CHORALE_COMBINE_NOT_POSITIVE_DEFINITE', 'The covariance of the Gaussian product is not positive definite.', {
      fix: 'look for parameters that the data and the prior do not identify; draw more',
    })
  }
  return whiteningOf(mean, factor, lowerInverse(factor, dimension))
}

/**
 * The same after a rotation that the reference draws decide: A = L Q with Q from Gram-Schmidt on whitened draws, each time on the one that
 * is longest in the directions left. Affine maps of all draws then leave x as it is, so that whatever is computed from x, axis by axis or
 * with random numbers, commutes with them.
 */
export function whitenInDataFrame(moments: CombinedMoments, reference: DrawMatrix): Whitening {
  const { dimension } = reference
  const plain = whitenBy(moments)
  if (dimension === 1) return plain
  const frame = dataFrame(plain.whiten(thinnedDraws(reference, 10 * dimension).values), dimension)
  const factor = choleskyWithRidge(moments.covariance, dimension)!
  const inverse = multiply(transpose(frame, dimension), lowerInverse(factor, dimension), dimension)
  return whiteningOf(moments.mean, multiply(factor, frame, dimension), inverse)
}

function whiteningOf(centre: Float64Array, factor: Float64Array, inverse: Float64Array): Whitening {
  const dimension = centre.length
  return {
    dimension,
    whiten(values) {
      const result = new Float64Array(values.length)
      const deviation = new Float64Array(dimension)
      for (let at = 0; at < values.length; at += dimension) {
        for (let j = 0; j < dimension; j++) deviation[j] = values[at + j] - centre[j]
        result.set(applyTo(inverse, deviation), at)
      }
      return result
    },
    restore(values) {
      const result = new Float64Array(values.length)
      for (let at = 0; at < values.length; at += dimension) {
        for (let i = 0; i < dimension; i++) {
          let value = centre[i]
          for (let j = 0; j < dimension; j++) value += factor[i * dimension + j] * values[at + j]
          result[at + i] = value
        }
      }
      return result
    },
    restoreDifference: difference => applyTo(factor, difference),
    restoreCovariance: matrix => congruence(matrix, transpose(factor, dimension), dimension),
    precision: matrix => congruence(matrix, factor, dimension),
  }
}

/** Orthonormal columns spanned by rows of `rows`, the longest remainder first; d x d. `rows` is used up. */
function dataFrame(rows: Float64Array, dimension: number): Float64Array {
  const frame = new Float64Array(dimension * dimension)
  const lengthAt = (at: number): number => {
    let square = 0
    for (let j = 0; j < dimension; j++) square += rows[at + j] * rows[at + j]
    return square
  }
  for (let column = 0; column < dimension; column++) {
    let longest = 0
    for (let at = 0; at < rows.length; at += dimension) if (lengthAt(at) > lengthAt(longest)) longest = at
    const length = Math.sqrt(lengthAt(longest))
    const axis = rows.slice(longest, longest + dimension).map(value => value / length)
    for (let i = 0; i < dimension; i++) frame[i * dimension + column] = axis[i]
    for (let at = 0; at < rows.length; at += dimension) {
      let along = 0
      for (let j = 0; j < dimension; j++) along += axis[j] * rows[at + j]
      for (let j = 0; j < dimension; j++) rows[at + j] -= along * axis[j]
    }
  }
  return frame
}
