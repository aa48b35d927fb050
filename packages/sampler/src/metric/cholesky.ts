/**
 * The lower Cholesky factor L of a symmetric d x d matrix A = L L', row-major, zeros above the diagonal; null when A is not positive definite.
 * Source: Golub & Van Loan, Matrix Computations, section 4.2.
 */
export function choleskyFactor(matrix: Float64Array, dimension: number): Float64Array | null {
  const factor = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * dimension + j]
      for (let k = 0; k < j; k++) sum -= factor[i * dimension + k] * factor[j * dimension + k]
      if (i !== j) factor[i * dimension + j] = sum / factor[j * dimension + j]
      else if (sum > 0 && sum < Infinity) factor[i * dimension + i] = Math.sqrt(sum)
      else return null
    }
  }
  return factor
}

/** Solves L' x = b in place, L lower triangular. Goes along the rows of L, as it lies in memory. */
export function solveTransposedInPlace(factor: Float64Array, x: Float64Array): void {
  const d = x.length
  for (let i = d - 1; i >= 0; i--) {
    const row = i * d
    const value = x[i] / factor[row + i]
    x[i] = value
    for (let k = 0; k < i; k++) x[k] -= factor[row + k] * value
  }
}
