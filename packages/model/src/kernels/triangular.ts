import { addScaledRow, rowDot } from './row.js'

/**
 * Replaces the D numbers at `x` by the solution of L x = b. Reads the lower triangle of `lower` only; its rows are `stride` apart. Four rows in one
 * sweep: each number of x is loaded once for all of them.
 */
export const solveLowerInPlace = (x: Float64Array, xAt: number, lower: Float64Array, lowerAt: number, D: number, stride: number): void => {
  let i = 0
  for (; i + 3 < D; i += 4) {
    const row0 = lowerAt + i * stride
    const row1 = row0 + stride
    const row2 = row1 + stride
    const row3 = row2 + stride
    let rest0 = x[xAt + i]
    let rest1 = x[xAt + i + 1]
    let rest2 = x[xAt + i + 2]
    let rest3 = x[xAt + i + 3]
    for (let k = 0; k < i; k++) {
      const known = x[xAt + k]
      rest0 -= lower[row0 + k] * known
      rest1 -= lower[row1 + k] * known
      rest2 -= lower[row2 + k] * known
      rest3 -= lower[row3 + k] * known
    }
    const x0 = rest0 / lower[row0 + i]
    const x1 = (rest1 - lower[row1 + i] * x0) / lower[row1 + i + 1]
    const x2 = (rest2 - lower[row2 + i] * x0 - lower[row2 + i + 1] * x1) / lower[row2 + i + 2]
    const x3 = (rest3 - lower[row3 + i] * x0 - lower[row3 + i + 1] * x1 - lower[row3 + i + 2] * x2) / lower[row3 + i + 3]
    x[xAt + i] = x0
    x[xAt + i + 1] = x1
    x[xAt + i + 2] = x2
    x[xAt + i + 3] = x3
  }
  for (; i < D; i++) {
    const row = lowerAt + i * stride
    x[xAt + i] = (x[xAt + i] - rowDot(lower, row, x, xAt, i)) / lower[row + i]
  }
}

/** Replaces the D numbers at `x` by the solution of L' x = b, along the rows of L, four in one sweep. */
export const solveTransposedInPlace = (
  x: Float64Array,
  xAt: number,
  lower: Float64Array,
  lowerAt: number,
  D: number,
  stride: number,
): void => {
  let end = D
  for (; end > 3; end -= 4) {
    const i = end - 4
    const row0 = lowerAt + i * stride
    const row1 = row0 + stride
    const row2 = row1 + stride
    const row3 = row2 + stride
    const x3 = x[xAt + i + 3] / lower[row3 + i + 3]
    const x2 = (x[xAt + i + 2] - lower[row3 + i + 2] * x3) / lower[row2 + i + 2]
    const x1 = (x[xAt + i + 1] - lower[row3 + i + 1] * x3 - lower[row2 + i + 1] * x2) / lower[row1 + i + 1]
    const x0 = (x[xAt + i] - lower[row3 + i] * x3 - lower[row2 + i] * x2 - lower[row1 + i] * x1) / lower[row0 + i]
    x[xAt + i] = x0
    x[xAt + i + 1] = x1
    x[xAt + i + 2] = x2
    x[xAt + i + 3] = x3
    for (let k = 0; k < i; k++) x[xAt + k] -= lower[row0 + k] * x0 + lower[row1 + k] * x1 + (lower[row2 + k] * x2 + lower[row3 + k] * x3)
  }
  for (let i = end - 1; i >= 0; i--) {
    const row = lowerAt + i * stride
    x[xAt + i] /= lower[row + i]
    addScaledRow(x, xAt, -x[xAt + i], lower, row, i)
  }
}

/** `solveLowerInPlace` for N right-hand sides: x [D, N]. */
export const solveLowerColumnsInPlace = (
  x: Float64Array,
  xAt: number,
  lower: Float64Array,
  lowerAt: number,
  D: number,
  N: number,
): void => {
  if (N === 1) {
    solveLowerInPlace(x, xAt, lower, lowerAt, D, D)
    return
  }
  for (let i = 0; i < D; i++) {
    const row = lowerAt + i * D
    const target = xAt + i * N
    for (let k = 0; k < i; k++) addScaledRow(x, target, -lower[row + k], x, xAt + k * N, N)
    for (let n = 0; n < N; n++) x[target + n] /= lower[row + i]
  }
}

/** `solveTransposedInPlace` for N right-hand sides: x [D, N]. */
export const solveTransposedColumnsInPlace = (
  x: Float64Array,
  xAt: number,
  lower: Float64Array,
  lowerAt: number,
  D: number,
  N: number,
): void => {
  if (N === 1) {
    solveTransposedInPlace(x, xAt, lower, lowerAt, D, D)
    return
  }
  for (let i = D - 1; i >= 0; i--) {
    const row = lowerAt + i * D
    const source = xAt + i * N
    for (let n = 0; n < N; n++) x[source + n] /= lower[row + i]
    for (let k = 0; k < i; k++) addScaledRow(x, xAt + k * N, -lower[row + k], x, source, N)
  }
}
