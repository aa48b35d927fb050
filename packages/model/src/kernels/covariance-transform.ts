import { choleskyInto } from './cholesky.js'
import { lowerGramInto, offDiagonalGramAdjointsInto } from './lower-gram.js'
import { addScaledRow } from './row.js'
import type { VectorTransform } from './transform.js'
import { matrixOrder, transformKernel } from './transform.js'

/** Writes the lower triangle, row by row, with exponentials on the diagonal. */
const factorInto = (lower: Float64Array, lowerAt: number, x: Float64Array, xAt: number, D: number): void => {
  let next = xAt
  for (let i = 0; i < D; i++) {
    const row = lowerAt + i * D
    for (let j = 0; j < i; j++) lower[row + j] = x[next++]
    lower[row + i] = Math.exp(x[next++])
    lower.fill(0, row + i + 1, row + D)
  }
}

const unconstrainFactorInto = (out: Float64Array, outAt: number, lower: Float64Array, lowerAt: number, D: number): void => {
  let next = outAt
  for (let i = 0; i < D; i++) {
    for (let j = 0; j < i; j++) out[next++] = lower[lowerAt + i * D + j]
    out[next++] = Math.log(lower[lowerAt + i * D + i])
  }
}

/**
 * Lower-triangular matrices [D, D] with positive diagonal: D (D + 1)/2 unconstrained numbers, the triangle row by row with logarithms on the
 * diagonal. Reference measure: Lebesgue on the lower triangle; log |J| = sum of the logarithms.
 *
 * Source: Stan Reference Manual, Cholesky factors of covariance matrices.
 */
export const choleskyCovarianceTransform: VectorTransform = {
  name: 'choleskyCovariance',
  unconstrainedSize(shape) {
    const D = matrixOrder('choleskyCovariance', shape)
    return (D * (D + 1)) / 2
  },
  kernel(shape) {
    const D = matrixOrder('choleskyCovariance', shape)
    return transformKernel('choleskyCovariance', (D * (D + 1)) / 2, D * D, () => ({
      forward(values, out, x) {
        factorInto(values, out, values, x, D)
        let logJacobian = 0
        for (let i = 0, k = x; i < D; i++, k += i + 1) logJacobian += values[k]
        values[out + D * D] = logJacobian
      },
      reverse(values, adjoints, out, x) {
        let next = x
        for (let i = 0; i < D; i++) {
          const row = out + i * D
          for (let j = 0; j < i; j++) adjoints[next++] += adjoints[row + j]
          adjoints[next++] += adjoints[row + i] * values[row + i] + adjoints[out + D * D]
        }
      },
    }))
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    unconstrainFactorInto(out, outAt, values, valuesAt, matrixOrder('choleskyCovariance', shape))
  },
}

/**
 * Covariance matrices C = L L' [D, D], L as in `choleskyCovarianceTransform`. Reference measure: Lebesgue on the lower triangle of C;
 * log |J| = D log 2 + sum (D - i + 1) log L[i, i], i from 0.
 *
 * Source: Stan Reference Manual, Covariance matrices.
 */
export const covarianceTransform: VectorTransform = {
  name: 'covariance',
  unconstrainedSize(shape) {
    const D = matrixOrder('covariance', shape)
    return (D * (D + 1)) / 2
  },
  kernel(shape) {
    const D = matrixOrder('covariance', shape)
    return transformKernel('covariance', (D * (D + 1)) / 2, D * D, () => {
      const lower = new Float64Array(D * D)
      const lowerAdjoints = new Float64Array(D * D)
      return {
        forward(values, out, x) {
          factorInto(lower, 0, values, x, D)
          let logJacobian = D * Math.LN2
          for (let i = 0, k = x; i < D; i++, k += i + 1) logJacobian += (D - i + 1) * values[k]
          lowerGramInto(values, out, lower, D)
          values[out + D * D] = logJacobian
        },
        reverse(values, adjoints, out, x) {
          factorInto(lower, 0, values, x, D)
          offDiagonalGramAdjointsInto(lowerAdjoints, lower, adjoints, out, D)
          for (let i = 0; i < D; i++) addScaledRow(lowerAdjoints, i * D, 2 * adjoints[out + i * D + i], lower, i * D, i + 1)
          let next = x
          for (let i = 0; i < D; i++) {
            for (let j = 0; j < i; j++) adjoints[next++] += lowerAdjoints[i * D + j]
            adjoints[next++] += lowerAdjoints[i * D + i] * lower[i * D + i] + (D - i + 1) * adjoints[out + D * D]
          }
        },
      }
    })
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    const D = matrixOrder('covariance', shape)
    const lower = new Float64Array(D * D)
    choleskyInto(lower, 0, values, valuesAt, D)
    unconstrainFactorInto(out, outAt, lower, 0, D)
  },
}
