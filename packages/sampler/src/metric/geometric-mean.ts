import { rowAddress, type Matrix, type MatrixSpace } from './matrix-space.js'
import { gramMatrix, matrixOf, productOfRows, rowOf, transposed } from './row-algebra.js'
import { symmetricEigen, type SymmetricEigen } from './symmetric-eigen.js'

/**
 * The eigendecomposition of the geometric mean M of A = X'X + shift I and the inverse of B = G'G + shift I, the positive definite matrix with M B M = A: with
 * B = U'U it is U^-1 (U A U')^(1/2) U'^-1. X and G have rows of the same length. Null unless all is finite and both matrices are positive definite.
 *
 * Source: Bhatia, Positive Definite Matrices, section 4.1.
 */
export function geometricMeanEigen(space: MatrixSpace, x: Matrix, g: Matrix, shift: number): SymmetricEigen | null {
  const { factorise, scaleRows, solveUpper } = space.kernels
  const upper = gramMatrix(space, transposed(space, g), shift)
  const { rows, address, stride, width } = upper
  const weights = space.matrix(1, rows).address
  factorise(address, stride, width, 8 * rows, weights)
  const middle = symmetricEigen(space, gramMatrix(space, factorOfMiddle(space, upper, x, shift)))
  if (!middle?.values.every(value => value > 0)) return null
  const { vectors } = middle
  const quarterPowers = matrixOf(space, middle.values.map(Math.sqrt).map(Math.sqrt), rows).address
  scaleRows(vectors.address, rowAddress(vectors, rows), stride, stride, quarterPowers)
  const factor = transposed(space, vectors)
  solveUpper(address, stride, width, 8 * rows, factor.address, weights)
  return symmetricEigen(space, gramMatrix(space, factor))
}

/** The rows of U X' and sqrt(shift) U, side by side: their inner products are U A U'. */
function factorOfMiddle(space: MatrixSpace, upper: Matrix, x: Matrix, shift: number): Matrix {
  const left = productOfRows(space, upper, x)
  const both = space.matrix(upper.rows, left.width + upper.columns)
  const roots = space.matrix(1, upper.rows)
  roots.values.fill(Math.sqrt(shift))
  for (let i = 0; i < upper.rows; i++) {
    both.values.set(rowOf(left, i), i * both.width)
    both.values.set(rowOf(upper, i), i * both.width + left.width)
  }
  space.kernels.scaleRows(both.address + left.stride, rowAddress(both, both.rows), both.stride, upper.stride, roots.address)
  return both
}
