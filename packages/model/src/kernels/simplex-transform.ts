import { softmaxInto } from './log-sum-exp.js'
import { addBasisTransposedTimes, basisTimesInto } from './sum-to-zero-basis.js'
import type { VectorTransform } from './transform.js'
import { transformKernel, vectorLength } from './transform.js'

/**
 * n positive numbers that sum to one, as the softmax of z = V x: n - 1 unconstrained numbers, V an orthonormal basis of the vectors that sum to zero
 * (isometric log-ratio). No element is special: a permutation of the simplex is a rotation of x.
 *
 * Reference measure: Lebesgue on the first n - 1 elements (as for the Dirichlet density). log |J| = log(n)/2 + sum log y = log(n)/2 - n log sum exp z.
 * Sources: Egozcue et al. (2003), Isometric logratio transformations for compositional data analysis; Stan Reference Manual, Unit simplex.
 */
export const simplexTransform: VectorTransform = {
  name: 'simplex',
  unconstrainedSize: shape => vectorLength('simplex', shape) - 1,
  kernel(shape) {
    const n = vectorLength('simplex', shape)
    return transformKernel('simplex', n - 1, n, () => {
      const pending = new Float64Array(n)
      return {
        forward(values, out, x) {
          basisTimesInto(values, out, values, x, n)
          const logNormaliser = softmaxInto(values, out, values, out, n)
          values[out + n] = 0.5 * Math.log(n) - n * logNormaliser
        },
        reverse(values, adjoints, out, x) {
          let mean = 0
          for (let k = 0; k < n; k++) mean += values[out + k] * adjoints[out + k]
          const shift = mean + n * adjoints[out + n]
          for (let k = 0; k < n; k++) pending[k] = values[out + k] * (adjoints[out + k] - shift)
          addBasisTransposedTimes(adjoints, x, 1, pending, 0, n)
        },
      }
    })
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    const n = vectorLength('simplex', shape)
    let sum = 0
    for (let i = 1; i < n; i++) {
      sum += Math.log(values[valuesAt + i - 1])
      out[outAt + i - 1] = (sum - i * Math.log(values[valuesAt + i])) / Math.sqrt(i * (i + 1))
    }
  },
}
