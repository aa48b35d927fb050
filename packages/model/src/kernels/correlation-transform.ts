import { choleskyInto } from './cholesky.js'
import { createCorrelationRows, unconstrainCorrelationRowsInto } from './correlation-rows.js'
import { lowerGramInto, offDiagonalGramAdjointsInto } from './lower-gram.js'
import type { VectorTransform } from './transform.js'
import { matrixOrder, transformKernel } from './transform.js'

/**
 * Cholesky factors of correlation matrices: lower triangular [D, D], positive diagonal, rows of length one; D (D - 1)/2 unconstrained numbers, the
 * inverse hyperbolic tangents of partial correlations.
 *
 * Reference measure: Lebesgue on the strictly lower triangle of L. Accurate far in the tails: the diagonal is a product, not a difference.
 * Source: Stan Reference Manual, Cholesky factors of correlation matrices.
 */
export const choleskyCorrelationTransform: VectorTransform = {
  name: 'choleskyCorrelation',
  unconstrainedSize(shape) {
    const D = matrixOrder('choleskyCorrelation', shape)
    return (D * (D - 1)) / 2
  },
  kernel(shape) {
    const D = matrixOrder('choleskyCorrelation', shape)
    return transformKernel('choleskyCorrelation', (D * (D - 1)) / 2, D * D, () => {
      const rows = createCorrelationRows(D, (i, j) => i + 1 - j)
      return {
        forward(values, out, x) {
          values[out + D * D] = rows.constrainInto(values, out, values, x)
        },
        reverse(values, adjoints, out, x) {
          rows.pullBack(adjoints, x, values, adjoints, out, adjoints[out + D * D])
        },
      }
    })
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    unconstrainCorrelationRowsInto(out, outAt, values, valuesAt, matrixOrder('choleskyCorrelation', shape))
  },
}

/**
 * Correlation matrices C = L L' [D, D], L as in `choleskyCorrelationTransform`, the diagonal exactly one.
 *
 * Reference measure: Lebesgue on the strictly lower triangle of C. A correlation matrix in double precision cannot tell partial correlations from
 * one beyond |x| of about 18: the inverse loses digits from about |x| = 5 on; the Cholesky factor has no such limit.
 * Source: Stan Reference Manual, Correlation matrices.
 */
export const correlationTransform: VectorTransform = {
  name: 'correlation',
  unconstrainedSize(shape) {
    const D = matrixOrder('correlation', shape)
    return (D * (D - 1)) / 2
  },
  kernel(shape) {
    const D = matrixOrder('correlation', shape)
    return transformKernel('correlation', (D * (D - 1)) / 2, D * D, () => {
      const rows = createCorrelationRows(D, (_i, j) => D - j)
      const lower = new Float64Array(D * D)
      const lowerAdjoints = new Float64Array(D * D)
      return {
        forward(values, out, x) {
          values[out + D * D] = rows.constrainInto(lower, 0, values, x)
          lowerGramInto(values, out, lower, D)
          for (let i = 0; i < D; i++) values[out + i * D + i] = 1
        },
        reverse(values, adjoints, out, x) {
          rows.constrainInto(lower, 0, values, x)
          offDiagonalGramAdjointsInto(lowerAdjoints, lower, adjoints, out, D)
          rows.pullBack(adjoints, x, values, lowerAdjoints, 0, adjoints[out + D * D])
        },
      }
    })
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    const D = matrixOrder('correlation', shape)
    const lower = new Float64Array(D * D)
    choleskyInto(lower, 0, values, valuesAt, D)
    unconstrainCorrelationRowsInto(out, outAt, lower, 0, D)
  },
}
