import type { Matrix, MatrixSpace } from './matrix-space.js'

/** Eigenvalues in no order and, row by row, the unit eigenvectors that belong to them. */
export interface SymmetricEigen {
  readonly values: Float64Array
  readonly vectors: Matrix
}

/**
 * The eigendecomposition of a symmetric matrix, which it overwrites: Householder reflections to a tridiagonal matrix, then QL with implicit shifts. Null when
 * an entry is not finite. Source: see `buildEigen`.
 */
export function symmetricEigen(space: MatrixSpace, matrix: Matrix): SymmetricEigen | null {
  const { rows: n, stride, width } = matrix
  const { tridiagonalise, diagonalise, reflectBack } = space.kernels
  const vectors = space.matrix(n, n)
  for (let i = 0; i < n; i++) vectors.values[i * width + i] = 1
  const reflections = space.matrix(n, n).address
  const vector = () => space.matrix(1, n)
  const [diagonal, failed] = [vector(), vector()]
  const [below, weights, companion, product, none] = [vector(), vector(), vector(), vector(), vector()].map(({ address }) => address)
  const rotations = space.matrix(1, 2 * n).address
  const count = 8 * n
  tridiagonalise(matrix.address, stride, width, count, reflections, weights, companion, product, none, diagonal.address, below)
  diagonalise(diagonal.address, below, count, vectors.address, stride, width, rotations, failed.address)
  reflectBack(vectors.address, vectors.end, stride, width, count, reflections, weights)
  const values = diagonal.values.slice(0, n)
  return failed.values[0] === 0 && values.every(Number.isFinite) ? { values, vectors } : null
}
