import type { Kernel } from './kernel.js'
import { matchShapes } from './shape-pattern.js'

/** log sum exp of `length` adjacent numbers, shifted by the largest: no overflow. -Infinity when all are -Infinity, or there are none. */
export const logSumExpOf = (x: Float64Array, xAt: number, length: number): number => {
  let largest = -Infinity
  for (let k = 0; k < length; k++) {
    if (Number.isNaN(x[xAt + k])) return NaN
    if (x[xAt + k] > largest) largest = x[xAt + k]
  }
  if (largest === Infinity || largest === -Infinity) return largest
  let sum = 0
  for (let k = 0; k < length; k++) sum += Math.exp(x[xAt + k] - largest)
  return largest + Math.log(sum)
}

/** log sum exp over the last axis: a [.., N] -> [..]. Where the sum is zero the gradient is zero. */
export const logSumExp: Kernel = {
  name: 'logSumExp',
  instantiate(shapes) {
    const { N, '..': rows } = matchShapes('logSumExp', shapes, [[['..', 'N']]])
    return {
      shape: shapes[0].slice(0, -1),
      forward(values, out, [a]) {
        for (let m = 0; m < rows; m++) values[out + m] = logSumExpOf(values, a + m * N, N)
      },
      reverse(values, adjoints, out, [a], [wanted]) {
        if (!wanted) return
        for (let m = 0; m < rows; m++) {
          const total = values[out + m]
          if (total === -Infinity) continue
          const adjoint = adjoints[out + m]
          for (let k = a + m * N; k < a + (m + 1) * N; k++) adjoints[k] += adjoint * Math.exp(values[k] - total)
        }
      },
    }
  },
}

/** x - log sum exp(x) along the last axis: a [.., N] -> [.., N]. Exact for small probabilities, whose logarithm a softmax would lose. */
export const logSoftmax: Kernel = {
  name: 'logSoftmax',
  instantiate(shapes) {
    const { N, '..': rows } = matchShapes('logSoftmax', shapes, [[['..', 'N']]])
    return {
      shape: shapes[0],
      forward(values, out, [a]) {
        for (let m = 0; m < rows * N; m += N) {
          const total = logSumExpOf(values, a + m, N)
          for (let k = m; k < m + N; k++) values[out + k] = values[a + k] - total
        }
      },
      reverse(values, adjoints, out, [a], [wanted]) {
        if (!wanted) return
        for (let m = 0; m < rows * N; m += N) {
          let sum = 0
          for (let k = m; k < m + N; k++) sum += adjoints[out + k]
          for (let k = m; k < m + N; k++) adjoints[a + k] += adjoints[out + k] - Math.exp(values[out + k]) * sum
        }
      },
    }
  },
}

/** Writes exp(x) / sum exp(x) of `length` adjacent numbers; dividing keeps the sum at one to rounding. Returns log sum exp(x). */
export const softmaxInto = (out: Float64Array, outAt: number, x: Float64Array, xAt: number, length: number): number => {
  let largest = -Infinity
  for (let k = 0; k < length; k++) if (x[xAt + k] > largest) largest = x[xAt + k]
  let sum = 0
  for (let k = 0; k < length; k++) sum += out[outAt + k] = Math.exp(x[xAt + k] - largest)
  for (let k = 0; k < length; k++) out[outAt + k] /= sum
  return largest + Math.log(sum)
}

/** exp(x) / sum exp(x) along the last axis: a [.., N] -> [.., N]. */
export const softmax: Kernel = {
  name: 'softmax',
  instantiate(shapes) {
    const { N, '..': rows } = matchShapes('softmax', shapes, [[['..', 'N']]])
    return {
      shape: shapes[0],
      forward(values, out, [a]) {
        for (let m = 0; m < rows * N; m += N) softmaxInto(values, out + m, values, a + m, N)
      },
      reverse(values, adjoints, out, [a], [wanted]) {
        if (!wanted) return
        for (let m = 0; m < rows * N; m += N) {
          let mean = 0
          for (let k = m; k < m + N; k++) mean += values[out + k] * adjoints[out + k]
          for (let k = m; k < m + N; k++) adjoints[a + k] += values[out + k] * (adjoints[out + k] - mean)
        }
      },
    }
  },
}
