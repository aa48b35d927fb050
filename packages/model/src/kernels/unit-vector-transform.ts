import { rowDot } from './row.js'
import type { VectorTransform } from './transform.js'
import { transformKernel, vectorLength } from './transform.js'

/**
 * n numbers with sum of squares one, as x/|x| with n unconstrained numbers. The radius |x| is auxiliary: the term -|x|^2/2 makes x standard normal
 * under the uniform distribution on the sphere; it counts as the Jacobian. NaN at x = 0.
 *
 * The inverse gives the x of length one.
 * Source: Stan Reference Manual, Unit vector; Marsaglia (1972), Choosing a point from the surface of a sphere.
 */
export const unitVectorTransform: VectorTransform = {
  name: 'unitVector',
  unconstrainedSize: shape => vectorLength('unitVector', shape),
  kernel(shape) {
    const n = vectorLength('unitVector', shape)
    return transformKernel('unitVector', n, n, () => ({
      forward(values, out, x) {
        const square = rowDot(values, x, values, x, n)
        const radius = Math.sqrt(square)
        for (let k = 0; k < n; k++) values[out + k] = values[x + k] / radius
        values[out + n] = -0.5 * square
      },
      reverse(values, adjoints, out, x) {
        const radius = Math.sqrt(rowDot(values, x, values, x, n))
        const along = rowDot(values, out, adjoints, out, n)
        const inward = adjoints[out + n]
        for (let k = 0; k < n; k++) adjoints[x + k] += (adjoints[out + k] - along * values[out + k]) / radius - inward * values[x + k]
      },
    }))
  },
  unconstrainInto(out, outAt, values, valuesAt, shape) {
    const n = vectorLength('unitVector', shape)
    for (let k = 0; k < n; k++) out[outAt + k] = values[valuesAt + k]
  },
}
