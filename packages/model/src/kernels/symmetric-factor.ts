import { choleskyInto } from './cholesky.js'
import { addScaledRow } from './row.js'

/** The Cholesky factor, log determinant and inverse of one symmetric matrix at a time, in memory of its own. */
interface SymmetricFactor {
  /** Lower factor [D, D], all NaN when the matrix is not positive definite. */
  readonly lower: Float64Array
  /** Takes the matrix at `values[at]`; does nothing if it is the one it has. */
  take(values: Float64Array, at: number): void
  /** log |A|, NaN when the matrix is not positive definite. */
  logDeterminant(): number
  /** The inverse [D, D], both triangles. */
  inverse(): Float64Array
}

/**
 * Reverse passes come after a forward pass with the same numbers, and data stay the same for ever: comparing D x D numbers with those of the last
 * time is cheaper than factoring them again, and gives the same bits.
 */
export const createSymmetricFactor = (D: number): SymmetricFactor => {
  const taken = new Float64Array(D * D).fill(NaN)
  const lower = new Float64Array(D * D)
  const lowerInverse = new Float64Array(D * D)
  const inverse = new Float64Array(D * D)
  let logDeterminant = NaN
  let hasInverse = false

  const isTaken = (values: Float64Array, at: number): boolean => {
    for (let k = 0; k < D * D; k++) if (values[at + k] !== taken[k]) return false
    return true
  }

  return {
    lower,
    take(values, at) {
      if (isTaken(values, at)) return
      for (let k = 0; k < D * D; k++) taken[k] = values[at + k]
      choleskyInto(lower, 0, values, at, D)
      hasInverse = false
      logDeterminant = 0
      for (let i = 0; i < D; i++) logDeterminant += 2 * Math.log(lower[i * D + i])
    },
    logDeterminant: () => logDeterminant,
    inverse() {
      if (hasInverse) return inverse
      hasInverse = true
      lowerInverse.fill(0)
      inverse.fill(0)
      for (let i = 0; i < D; i++) {
        const row = i * D
        for (let k = 0; k < i; k++) addScaledRow(lowerInverse, row, -lower[row + k], lowerInverse, k * D, k + 1)
        for (let k = 0; k < i; k++) lowerInverse[row + k] /= lower[row + i]
        lowerInverse[row + i] = 1 / lower[row + i]
        for (let j = 0; j <= i; j++) addScaledRow(inverse, j * D, lowerInverse[row + j], lowerInverse, row, j + 1)
      }
      for (let i = 0; i < D; i++) for (let j = 0; j < i; j++) inverse[j * D + i] = inverse[i * D + j]
      return inverse
    },
  }
}
