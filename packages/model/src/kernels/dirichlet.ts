import { digamma, lgamma } from '../special/index.js'
import type { Kernel } from './kernel.js'
import { matchShapes } from './shape-pattern.js'

/**
 * Dirichlet log density with respect to Lebesgue measure on the first n - 1 elements: x [n] (a simplex), concentration [n] -> []. That x sums to one
 * is not checked. -Infinity when an element of x is negative; NaN when a concentration is not positive.
 */
export const dirichlet: Kernel = {
  name: 'dirichlet',
  instantiate(shapes) {
    const { n } = matchShapes('dirichlet', shapes, [[['n'], ['n']]])
    return {
      shape: [],
      forward(values, out, [x, concentration]) {
        let total = 0
        let sum = 0
        let isInside = true
        for (let k = 0; k < n; k++) {
          const a = values[concentration + k]
          if (!(a > 0)) {
            values[out] = NaN
            return
          }
          total += a
          sum -= lgamma(a)
          if (values[x + k] < 0) isInside = false
          else if (a !== 1) sum += (a - 1) * Math.log(values[x + k])
        }
        values[out] = isInside ? lgamma(total) + sum : -Infinity
      },
      reverse(values, adjoints, out, [x, concentration], [xWanted, concentrationWanted]) {
        const adjoint = adjoints[out]
        let total = 0
        for (let k = 0; k < n; k++) {
          const a = values[concentration + k]
          total += a
          if (xWanted && a !== 1) adjoints[x + k] += (adjoint * (a - 1)) / values[x + k]
        }
        if (!concentrationWanted) return
        const slope = digamma(total)
        for (let k = 0; k < n; k++)
          adjoints[concentration + k] += adjoint * (slope - digamma(values[concentration + k]) + Math.log(values[x + k]))
      },
    }
  },
}
