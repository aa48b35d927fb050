import { digammaDelta, logGammaDelta } from '../special/index.js'
import type { Kernel } from './kernel.js'
import { matchShapes } from './shape-pattern.js'

const HALF_LOG_PI = 0.5723649429247001

/**
 * Log density of the Cholesky factor of a correlation matrix with LKJ(eta) distribution: L [D, D], eta [] -> []. NaN when eta is not positive or an
 * element of L's diagonal is negative.
 *
 * log p = sum (D - 3 - i + 2 eta) log L[i, i] - log c, i from 1, with respect to Lebesgue measure on the strictly lower triangle of L.
 * log c = sum i (log(pi)/2 + log Gamma(eta + (i - 1)/2) - log Gamma(eta + i/2)): O(D) terms without cancellation.
 * Source: Lewandowski, Kurowicka & Joe (2009), Generating random correlation matrices based on vines and extended onion method, equation 16.
 */
export const lkjCholesky: Kernel = {
  name: 'lkjCholesky',
  instantiate(shapes) {
    const { D } = matchShapes('lkjCholesky', shapes, [[['D', 'D'], []]])
    return {
      shape: [],
      forward(values, out, [lower, concentration]) {
        const eta = values[concentration]
        let sum = eta > 0 ? 0 : NaN
        for (let i = 1; i < D; i++) {
          const exponent = D - 3 - i + 2 * eta
          const pivot = values[lower + i * D + i]
          // A factor of a singular matrix has finite density where the exponent is zero.
          if (exponent !== 0 || !(pivot >= 0)) sum += exponent * (pivot >= 0 ? Math.log(pivot) : NaN)
          sum += i * (logGammaDelta(eta + 0.5 * (i - 1), 0.5) - HALF_LOG_PI)
        }
        values[out] = sum
      },
      reverse(values, adjoints, out, [lower, concentration], [lowerWanted, concentrationWanted]) {
        const adjoint = adjoints[out]
        const eta = values[concentration]
        let slope = 0
        for (let i = 1; i < D; i++) {
          const exponent = D - 3 - i + 2 * eta
          const pivot = values[lower + i * D + i]
          if (lowerWanted && exponent !== 0) adjoints[lower + i * D + i] += (adjoint * exponent) / pivot
          if (concentrationWanted) slope += 2 * Math.log(pivot) + i * digammaDelta(eta + 0.5 * (i - 1), 0.5)
        }
        if (concentrationWanted) adjoints[concentration] += adjoint * slope
      },
    }
  },
}
