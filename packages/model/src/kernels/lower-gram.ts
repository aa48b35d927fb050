import { addScaledRow, rowDot } from './row.js'

/** Writes L L' [D, D], both triangles. */
export const lowerGramInto = (out: Float64Array, outAt: number, lower: Float64Array, D: number): void => {
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      const product = rowDot(lower, i * D, lower, j * D, j + 1)
      out[outAt + i * D + j] = product
      out[outAt + j * D + i] = product
    }
  }
}

/** Writes what the off-diagonal adjoints of C = L L' send back to the lower triangle of L. */
export const offDiagonalGramAdjointsInto = (
  lowerAdjoints: Float64Array,
  lower: Float64Array,
  adjoints: Float64Array,
  at: number,
  D: number,
): void => {
  lowerAdjoints.fill(0)
  for (let i = 0; i < D; i++) {
    for (let j = 0; j < i; j++) {
      const adjoint = adjoints[at + i * D + j] + adjoints[at + j * D + i]
      addScaledRow(lowerAdjoints, i * D, adjoint, lower, j * D, j + 1)
      addScaledRow(lowerAdjoints, j * D, adjoint, lower, i * D, j + 1)
    }
  }
}
