import type { Matrix } from 'ml-matrix'
import { algebra } from '../linear-algebra/ml-matrix.js'

/** The cut-off of NumPy's `pinv`: singular values below this part of the largest count as zero. */
const PINV_RELATIVE_CUTOFF = 1e-15

/** The inverse, or the Moore-Penrose pseudo-inverse when elimination meets a pivot that is exactly zero: `numpy.linalg.inv` with `pinv` behind it. */
export function inverseOrPseudoInverse(matrix: Matrix): Matrix {
  const { LuDecomposition, Matrix, pseudoInverse } = algebra()
  const lu = new LuDecomposition(matrix)
  if (!lu.isSingular()) return lu.solve(Matrix.eye(matrix.rows))
  return pseudoInverse(matrix, PINV_RELATIVE_CUTOFF / matrix.rows)
}
