import { ROW_BLOCK } from './kernels/rows.js'
import { rowAddress, type Matrix, type MatrixSpace } from './matrix-space.js'

/** A matrix with the rows of `columns` values that follow one another in `source`. */
export function matrixOf(space: MatrixSpace, source: Float64Array, columns: number): Matrix {
  const matrix = space.matrix(source.length / columns, columns)
  for (let i = 0; i < matrix.rows; i++) matrix.values.set(source.subarray(i * columns, (i + 1) * columns), i * matrix.width)
  return matrix
}

/** A view. */
export const rowOf = ({ values, width, columns }: Matrix, row: number): Float64Array => values.subarray(row * width, row * width + columns)

/** The address behind so many float64 weights: kernels take as many as are a multiple of the rows of a block, of which the last may be zeros. */
export const endOfWeights = (address: number, count: number): number => address + 8 * Math.ceil(count / ROW_BLOCK) * ROW_BLOCK

export function transposed(space: MatrixSpace, matrix: Matrix): Matrix {
  const out = space.matrix(matrix.columns, matrix.rows)
  const { address, stride } = matrix
  space.kernels.transpose(out.address, out.stride, address, rowAddress(matrix, matrix.rows), stride, 8 * matrix.columns)
  return out
}

/** A B': the products of all rows of A with all rows of B. */
export function productOfRows(space: MatrixSpace, a: Matrix, b: Matrix): Matrix {
  const out = space.matrix(a.rows, b.rows)
  space.kernels.product(out.address, out.stride, a.address, a.end, b.address, b.end, a.stride)
  return out
}

/** A A' + shift I. */
export function gramMatrix(space: MatrixSpace, a: Matrix, shift = 0): Matrix {
  const out = space.matrix(a.rows, a.rows)
  space.kernels.gram(out.address, out.stride, a.address, a.end, a.stride, a.rows)
  for (let i = 0; i < a.rows; i++) out.values[i * out.width + i] += shift
  return out
}
