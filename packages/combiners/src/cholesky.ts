/**
 * Cholesky factors of symmetric matrices, row-major d x d in Float64Arrays (Golub & Van Loan, Matrix Computations, algorithm 4.2.1).
 *
 * A matrix is scaled to a unit diagonal first, so that no threshold depends on the units of a parameter.
 */

const EPSILON = 2.220446049250313e-16
/** What `choleskyWithRidge` adds to the unit diagonal: far above rounding, far below any correlation that draws can show. */
const RELATIVE_RIDGE = 1e-10

/** The lower factor L with L L' = matrix, or undefined when the matrix is not positive definite beyond rounding error. */
export function cholesky(matrix: Float64Array, dimension: number): Float64Array | undefined {
  return scaledCholesky(matrix, dimension, 0)
}

/** As `cholesky`, tried again with 1e-10 of each diagonal entry added when the matrix is singular to rounding. Undefined when it is indefinite. */
export function choleskyWithRidge(matrix: Float64Array, dimension: number): Float64Array | undefined {
  return cholesky(matrix, dimension) ?? scaledCholesky(matrix, dimension, RELATIVE_RIDGE)
}

function scaledCholesky(matrix: Float64Array, dimension: number, ridge: number): Float64Array | undefined {
  const scale = new Float64Array(dimension)
  for (let i = 0; i < dimension; i++) {
    scale[i] = Math.sqrt(matrix[i * dimension + i])
    if (!(scale[i] > 0 && scale[i] < Infinity)) return undefined
  }
  const smallestPivot = 8 * dimension * EPSILON
  const lower = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    const row = i * dimension
    for (let j = 0; j <= i; j++) {
      const other = j * dimension
      let value = i === j ? 1 + ridge : (matrix[row + j] + matrix[other + i]) / 2 / scale[i] / scale[j]
      for (let k = 0; k < j; k++) value -= lower[row + k] * lower[other + k]
      if (i > j) lower[row + j] = value / lower[other + j]
      else if (value > smallestPivot) lower[row + i] = Math.sqrt(value)
      else return undefined
    }
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j <= i; j++) lower[i * dimension + j] *= scale[i]
  return lower
}

/** The inverse of a lower triangular matrix. */
export function lowerInverse(lower: Float64Array, dimension: number): Float64Array {
  const inverse = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    const row = i * dimension
    for (let k = 0; k < i; k++) {
      const left = lower[row + k]
      for (let j = 0, at = k * dimension; j <= k; j++, at++) inverse[row + j] -= left * inverse[at]
    }
    for (let j = 0; j < i; j++) inverse[row + j] /= lower[row + i]
    inverse[row + i] = 1 / lower[row + i]
  }
  return inverse
}

/** inverse(L L'), symmetric to the last bit. */
export function inverseFromCholesky(lower: Float64Array, dimension: number): Float64Array {
  const inverse = lowerInverse(lower, dimension)
  const result = new Float64Array(dimension * dimension)
  for (let k = 0; k < dimension; k++) {
    const from = k * dimension
    for (let i = 0; i <= k; i++) {
      const left = inverse[from + i]
      for (let j = 0, at = i * dimension; j <= i; j++, at++) result[at] += left * inverse[from + j]
    }
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) result[j * dimension + i] = result[i * dimension + j]
  return result
}

/** L' P L of a symmetric matrix P: P in the units in which L L' is the identity. */
export function congruence(matrix: Float64Array, lower: Float64Array, dimension: number): Float64Array {
  const product = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    const row = i * dimension
    for (let k = 0; k < dimension; k++) {
      const left = matrix[row + k]
      for (let j = 0, at = k * dimension; j <= k; j++, at++) product[row + j] += left * lower[at]
    }
  }
  const result = new Float64Array(dimension * dimension)
  for (let k = 0; k < dimension; k++) {
    const row = k * dimension
    for (let i = 0; i <= k; i++) {
      const left = lower[row + i]
      for (let j = 0, at = i * dimension; j <= i; j++, at++) result[at] += left * product[row + j]
    }
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) result[j * dimension + i] = result[i * dimension + j]
  return result
}
