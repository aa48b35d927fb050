import { ROW_BLOCK } from '../metric/kernels/rows.js'
import { rowAddress, type Matrix, type MatrixSpace } from '../metric/matrix-space.js'
import { endOfWeights, gramMatrix } from '../metric/row-algebra.js'
import { symmetricEigen } from '../metric/symmetric-eigen.js'

/** A direction is new when this much of its length is left after those found before. */
const NEW = 1e-6

/**
 * Orthonormal rows, at most `most` and no more than draws, that span the principal directions of both sets of rows, those with the largest variances first:
 * the wide ones of the draws and the narrow ones, where gradients vary most.
 */
export function principalBasis(space: MatrixSpace, x: Matrix, g: Matrix, most: number): Matrix | null {
  const count = x.rows
  const [wide, narrow] = [x, g].map(rows => symmetricEigen(space, gramMatrix(space, rows)))
  if (!wide || !narrow) return null
  const usual = Math.sqrt(middleOf(wide.values) / middleOf(narrow.values))
  const candidates = [
    { rows: x, eigen: wide, unit: usual },
    { rows: g, eigen: narrow, unit: 1 / usual },
  ].flatMap(({ rows, eigen, unit }, set) => Array.from(eigen.values, (value, row) => ({ value: value / unit, set, row, rows, eigen })))
  candidates.sort((a, b) => b.value - a.value || a.set - b.set || a.row - b.row)
  const wanted = Math.min(most, count)
  // Kernels take rows by blocks: those of the last direction reach behind it.
  const basis = space.matrix(wanted + ROW_BLOCK, x.columns)
  const dots = space.matrix(1, basis.rows)
  let found = 0
  for (const { value, rows, row, eigen } of candidates) {
    if (found === wanted || !(value > 0)) break
    const weights = rowAddress(eigen.vectors, row)
    space.kernels.addRows(rowAddress(basis, found), weights, endOfWeights(weights, count), rows.address, rows.stride, rows.stride)
    if (orthonormalise(space, basis, found, dots)) found++
    else basis.values.fill(0, found * basis.width, (found + 1) * basis.width)
  }
  return { ...basis, rows: found, end: rowAddress(basis, upToBlock(found)) }
}

const upToBlock = (rows: number): number => Math.ceil(rows / ROW_BLOCK) * ROW_BLOCK

const middleOf = (values: Float64Array): number => values.slice().sort()[values.length >> 1]

/** Makes row `at` a unit vector orthogonal to the rows before it; false when nothing is left of it. Twice is enough (Kahan; Parlett 1980, section 6-9). */
function orthonormalise(space: MatrixSpace, basis: Matrix, at: number, dots: Matrix): boolean {
  const { address, stride } = basis
  const row = rowAddress(basis, at)
  const before = upToBlock(at)
  if (!normalise(basis, at, 0)) return false
  for (let pass = 0; pass < 2; pass++) {
    space.kernels.multiply(dots.address, dots.stride, row, address, rowAddress(basis, before), stride, stride)
    for (let k = 0; k < before; k++) dots.values[k] = k < at ? -dots.values[k] : 0
    space.kernels.addRows(row, dots.address, endOfWeights(dots.address, at), address, stride, stride)
    if (!normalise(basis, at, NEW)) return false
  }
  return true
}

function normalise({ values, width, columns }: Matrix, row: number, least: number): boolean {
  const start = row * width
  let squares = 0
  for (let i = start; i < start + columns; i++) squares += values[i] * values[i]
  const length = Math.sqrt(squares)
  if (!(length > least && length < Infinity)) return false
  for (let i = start; i < start + columns; i++) values[i] /= length
  return true
}
