import type { Kernel } from './kernel.js'
import { addScaledRow } from './row.js'
import { matchShapes } from './shape-pattern.js'
import { createSymmetricFactor } from './symmetric-factor.js'

/**
 * log |A| of a symmetric positive definite matrix: A [D, D] -> []. NaN when it is not positive definite. The gradient is inverse(A), in both
 * triangles; it is that of log |(A + A')/2|.
 */
export const logDeterminant: Kernel = {
  name: 'logDeterminant',
  instantiate(shapes) {
    const { D } = matchShapes('logDeterminant', shapes, [[['D', 'D']]])
    const factor = createSymmetricFactor(D)
    return {
      shape: [],
      forward(values, out, [a]) {
        factor.take(values, a)
        values[out] = factor.logDeterminant()
      },
      reverse(values, adjoints, out, [a], [wanted]) {
        if (!wanted) return
        factor.take(values, a)
        addScaledRow(adjoints, a, adjoints[out], factor.inverse(), 0, D * D)
      },
    }
  },
}

/** sum log L[i, i], half the log determinant of L L': L [D, D] -> []. NaN when an element of the diagonal is negative. */
export const logDiagonalSum: Kernel = {
  name: 'logDiagonalSum',
  instantiate(shapes) {
    const { D } = matchShapes('logDiagonalSum', shapes, [[['D', 'D']]])
    return {
      shape: [],
      forward(values, out, [lower]) {
        let sum = 0
        for (let i = 0; i < D; i++) sum += Math.log(values[lower + i * D + i])
        values[out] = sum
      },
      reverse(values, adjoints, out, [lower], [wanted]) {
        if (wanted) for (let i = 0; i < D; i++) adjoints[lower + i * D + i] += adjoints[out] / values[lower + i * D + i]
      },
    }
  },
}
