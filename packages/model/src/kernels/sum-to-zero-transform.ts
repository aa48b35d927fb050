import { addBasisTransposedTimes, basisTimesInto } from './sum-to-zero-basis.js'
import type { VectorTransform } from './transform.js'
import { transformKernel, vectorLength } from './transform.js'

/**
 * Vectors of n numbers that sum to zero, as V x with n - 1 unconstrained numbers and an orthonormal basis V: independent standard normals x give
 * values that are exchangeable, each with standard deviation sqrt(1 - 1/n).
 *
 * Reference measure: length in the hyperplane, so log |J| = 0. (With respect to the first n - 1 numbers it is the constant -log(n)/2.)
 * Source: Stan Reference Manual, Zero sum vector.
 */
export const sumToZeroTransform: VectorTransform = {
  name: 'sumToZero',
  unconstrainedSize: shape => vectorLength('sumToZero', shape) - 1,
  kernel(shape) {
    const n = vectorLength('sumToZero', shape)
    return transformKernel('sumToZero', n - 1, n, () => ({
      forward(values, out, x) {
        basisTimesInto(values, out, values, x, n)
        values[out + n] = 0
      },
      reverse(_values, adjoints, out, x) {
        addBasisTransposedTimes(adjoints, x, 1, adjoints, out, n)
      },
    }))
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    const n = vectorLength('sumToZero', shape)
    out.fill(0, outAt, outAt + n - 1)
    addBasisTransposedTimes(out, outAt, 1, values, valuesAt, n)
  },
}
