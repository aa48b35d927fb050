import type { Kernel } from './kernel.js'
import { addScaledRow, rowDot } from './row.js'
import { matchShapes } from './shape-pattern.js'
import { solveLowerInPlace, solveTransposedInPlace } from './triangular.js'

/**
 * Writes the lower Cholesky factor of (A + A')/2, zeros above the diagonal. All NaN if that is not positive definite. Row by row: the part of row i left of the diagonal solves a triangular system with the rows above it.
 */
export const choleskyInto = (factor: Float64Array, factorAt: number, a: Float64Array, aAt: number, D: number): void => {
  for (let i = 0; i < D; i++) {
    const row = factorAt + i * D
    for (let j = 0; j <= i; j++) factor[row + j] = 0.5 * (a[aAt + i * D + j] + a[aAt + j * D + i])
    solveLowerInPlace(factor, row, factor, factorAt, i, D)
    const square = factor[row + i] - rowDot(factor, row, factor, row, i)
    if (!(square > 0 && square < Infinity)) {
      factor.fill(NaN, factorAt, factorAt + D * D)
      return
    }
    factor[row + i] = Math.sqrt(square)
    factor.fill(0, row + i + 1, row + D)
  }
}

/** Row i of `pending` minus sum over m > i of pending[m, i] L[m], four rows m in one sweep. */
const subtractLaterRows = (pending: Float64Array, lower: Float64Array, lowerAt: number, i: number, D: number): void => {
  const row = i * D
  let m = i + 1
  for (; m + 3 < D; m += 4) {
    const at = m * D
    const scale0 = pending[at + i]
    const scale1 = pending[at + D + i]
    const scale2 = pending[at + 2 * D + i]
    const scale3 = pending[at + 3 * D + i]
    for (let k = 0, source = lowerAt + at; k <= i; k++, source++) {
      const pair = scale0 * lower[source] + scale1 * lower[source + D]
      pending[row + k] -= pair + (scale2 * lower[source + 2 * D] + scale3 * lower[source + 3 * D])
    }
  }
  for (; m < D; m++) addScaledRow(pending, row, -pending[m * D + i], lower, lowerAt + m * D, i + 1)
}

/**
 * The lower factor L of a symmetric positive definite matrix A = L L': A [D, D] -> [D, D]. All NaN when A is not positive definite.
 *
 * As a function of all D x D numbers it is the factor of (A + A')/2: the gradient of an off-diagonal element is shared equally between both
 * triangles, which is right for every matrix whose two triangles are built from the same expressions.
 * Reverse: the row-wise recursion differentiated step by step, backwards. Source: Murray (2016), Differentiation of the Cholesky decomposition,
 * section 4.
 */
export const cholesky: Kernel = {
  name: 'cholesky',
  instantiate(shapes) {
    const { D } = matchShapes('cholesky', shapes, [[['D', 'D']]])
    const pending = new Float64Array(D * D)
    return {
      shape: [D, D],
      forward(values, out, [a]) {
        choleskyInto(values, out, values, a, D)
      },
      reverse(values, adjoints, out, [a], [wanted]) {
        if (!wanted) return
        for (let k = 0; k < D * D; k++) pending[k] = adjoints[out + k]
        for (let i = D - 1; i >= 0; i--) {
          subtractLaterRows(pending, values, out, i, D)
          const row = i * D
          const onDiagonal = (0.5 * pending[row + i]) / values[out + row + i]
          adjoints[a + row + i] += onDiagonal
          addScaledRow(pending, row, -2 * onDiagonal, values, out + row, i)
          solveTransposedInPlace(pending, row, values, out, i, D)
          for (let j = 0; j < i; j++) {
            adjoints[a + row + j] += 0.5 * pending[row + j]
            adjoints[a + j * D + i] += 0.5 * pending[row + j]
          }
        }
      },
    }
  },
}
