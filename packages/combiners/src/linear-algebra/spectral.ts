import { algebra } from './ml-matrix.js'

/** Q f(D) Q' of a symmetric matrix Q D Q' (d x d, row-major), symmetric to the last bit. Only its symmetric part is looked at. */
export function mapEigenvalues(matrix: Float64Array, dimension: number, map: (eigenvalue: number) => number): Float64Array {
  const { EigenvalueDecomposition, Matrix } = algebra()
  const symmetric = new Matrix(dimension, dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) symmetric.set(i, j, (matrix[i * dimension + j] + matrix[j * dimension + i]) / 2)
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true })
  const mapped = realEigenvalues.map(map)
  const result = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) {
      let value = 0
      for (let k = 0; k < dimension; k++) value += eigenvectorMatrix.get(i, k) * mapped[k] * eigenvectorMatrix.get(j, k)
      result[i * dimension + j] = value
      result[j * dimension + i] = value
    }
  }
  return result
}

/** The symmetric square root of a symmetric matrix that is positive semi-definite up to rounding. */
export const squareRoot = (matrix: Float64Array, dimension: number): Float64Array =>
  mapEigenvalues(matrix, dimension, value => Math.sqrt(Math.max(value, 0)))

/** The inverse of the symmetric square root of a symmetric positive definite matrix. */
export const inverseSquareRoot = (matrix: Float64Array, dimension: number): Float64Array =>
  mapEigenvalues(matrix, dimension, value => 1 / Math.sqrt(value))
