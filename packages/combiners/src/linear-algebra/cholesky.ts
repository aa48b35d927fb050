import { addRowsInto, multiply } from './matrix.js'

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
    addRowsInto(inverse, row, i, { rows: inverse, from: 0, stride: dimension, count: i, factors: lower, firstFactor: row, factorStride: 1 })
    for (let j = 0; j < i; j++) inverse[row + j] /= -lower[row + i]
    inverse[row + i] = 1 / lower[row + i]
  }
  return inverse
}

/** inverse(L L'), symmetric to the last bit. */
export function inverseFromCholesky(lower: Float64Array, dimension: number): Float64Array {
  const inverse = lowerInverse(lower, dimension)
  return transposedTimes(inverse, inverse, dimension)
}

/** The inverse of a matrix that `choleskyWithRidge` takes, symmetric to the last bit; undefined for one that it does not. */
export function inverseWithRidge(matrix: Float64Array, dimension: number): Float64Array | undefined {
  const factor = choleskyWithRidge(matrix, dimension)
  return factor && inverseFromCholesky(factor, dimension)
}

/** L' B for a lower triangular L, where it is symmetric: only its lower half is computed. */
function transposedTimes(lower: Float64Array, matrix: Float64Array, dimension: number): Float64Array {
  const result = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    addRowsInto(result, i * dimension, i + 1, {
      rows: matrix,
      from: i * dimension,
      stride: dimension,
      count: dimension - i,
      factors: lower,
      firstFactor: i * dimension + i,
      factorStride: dimension,
    })
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) result[j * dimension + i] = result[i * dimension + j]
  return result
}

/** x with L' x = b. */
export function solveTransposed(lower: Float64Array, b: Float64Array): Float64Array {
  const dimension = b.length
  const x = b.slice()
  for (let i = dimension - 1; i >= 0; i--) {
    for (let k = i + 1; k < dimension; k++) x[i] -= lower[k * dimension + i] * x[k]
    x[i] /= lower[i * dimension + i]
  }
  return x
}

/** x with L x = b. */
export function solveLower(lower: Float64Array, b: Float64Array): Float64Array {
  const dimension = b.length
  const x = b.slice()
  for (let i = 0; i < dimension; i++) {
    for (let k = 0; k < i; k++) x[i] -= lower[i * dimension + k] * x[k]
    x[i] /= lower[i * dimension + i]
  }
  return x
}

/** x with L L' x = b. */
export const solveCholesky = (lower: Float64Array, b: Float64Array): Float64Array => solveTransposed(lower, solveLower(lower, b))

/** L' P L of a symmetric matrix P: P in the units in which L L' is the identity. */
export function congruence(matrix: Float64Array, lower: Float64Array, dimension: number): Float64Array {
  return transposedTimes(lower, multiply(matrix, lower, dimension), dimension)
}
