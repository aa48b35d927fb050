import type { VectorTransform } from './transform.js'
import { transformKernel, vectorLength } from './transform.js'

/**
 * Increasing vectors: y[0] = x[0], y[k] = y[k - 1] + exp(x[k]). log |J| = sum of x[1..].
 *
 * Steps below about 1e-16 |y| are lost to rounding: then y[k] = y[k - 1], and the inverse gives -Infinity.
 * Source: Stan Reference Manual, Ordered vector.
 */
export const orderedTransform: VectorTransform = {
  name: 'ordered',
  unconstrainedSize: shape => vectorLength('ordered', shape),
  kernel(shape) {
    const n = vectorLength('ordered', shape)
    return transformKernel('ordered', n, n, () => ({
      forward(values, out, x) {
        let y = values[x]
        let logJacobian = 0
        values[out] = y
        for (let k = 1; k < n; k++) {
          y += Math.exp(values[x + k])
          values[out + k] = y
          logJacobian += values[x + k]
        }
        values[out + n] = logJacobian
      },
      reverse(values, adjoints, out, x) {
        let later = 0
        for (let k = n - 1; k > 0; k--) {
          later += adjoints[out + k]
          adjoints[x + k] += later * Math.exp(values[x + k]) + adjoints[out + n]
        }
        adjoints[x] += later + adjoints[out]
      },
    }))
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    const n = vectorLength('ordered', shape)
    out[outAt] = values[valuesAt]
    for (let k = 1; k < n; k++) out[outAt + k] = Math.log(values[valuesAt + k] - values[valuesAt + k - 1])
  },
}

/**
 * Increasing vectors of positive numbers: y[k] = y[k - 1] + exp(x[k]), y[-1] = 0. log |J| = sum of x.
 *
 * Source: Stan Reference Manual, Positive ordered vector.
 */
export const positiveOrderedTransform: VectorTransform = {
  name: 'positiveOrdered',
  unconstrainedSize: shape => vectorLength('positiveOrdered', shape),
  kernel(shape) {
    const n = vectorLength('positiveOrdered', shape)
    return transformKernel('positiveOrdered', n, n, () => ({
      forward(values, out, x) {
        let y = 0
        let logJacobian = 0
        for (let k = 0; k < n; k++) {
          y += Math.exp(values[x + k])
          values[out + k] = y
          logJacobian += values[x + k]
        }
        values[out + n] = logJacobian
      },
      reverse(values, adjoints, out, x) {
        let later = 0
        for (let k = n - 1; k >= 0; k--) {
          later += adjoints[out + k]
          adjoints[x + k] += later * Math.exp(values[x + k]) + adjoints[out + n]
        }
      },
    }))
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    const n = vectorLength('positiveOrdered', shape)
    let previous = 0
    for (let k = 0; k < n; k++) {
      out[outAt + k] = Math.log(values[valuesAt + k] - previous)
      previous = values[valuesAt + k]
    }
  },
}
