import { digammaDelta, logGammaDelta } from '../special/index.js'
import { HALF_LOG_2_PI } from '../special/gamma.js'
import type { Kernel } from './kernel.js'
import { matchShapes } from './shape-pattern.js'
import { createWhitenedResidual } from './whitened-residual.js'

/**
 * Log density of a multivariate Student t with scale matrix L L' and nu degrees of freedom: x [D], mean [D], L [D, D], nu [] -> []. What is above
 * L's diagonal is not read. NaN when L's diagonal or nu is not positive.
 *
 * Goes to the normal density as nu grows, without loss of digits. Source: Kotz & Nadarajah (2004), Multivariate t Distributions, equation 1.1.
 */
export const multivariateStudentCholesky: Kernel = {
  name: 'multivariateStudentCholesky',
  instantiate(shapes) {
    const { D } = matchShapes('multivariateStudentCholesky', shapes, [[['D'], ['D'], ['D', 'D'], []]])
    const residual = createWhitenedResidual(D)
    return {
      shape: [],
      forward(values, out, at) {
        const nu = values[at[3]]
        if (!(nu > 0)) {
          values[out] = NaN
          return
        }
        const square = residual.take(values, at)
        const normaliser = logGammaDelta(0.5 * nu, 0.5 * D) - 0.5 * D * Math.log(0.5 * nu) - D * HALF_LOG_2_PI
        values[out] = normaliser - residual.logDiagonal() - 0.5 * (nu + D) * Math.log1p(square / nu)
      },
      reverse(values, adjoints, out, at, wanted) {
        const adjoint = adjoints[out]
        const nu = values[at[3]]
        const square = residual.take(values, at)
        const weight = (nu + D) / (nu + square)
        residual.pullBack(values, adjoints, at, wanted, adjoint, weight)
        if (!wanted[3]) return
        const slope = digammaDelta(0.5 * nu, 0.5 * D) - D / nu - Math.log1p(square / nu) + weight * (square / nu)
        adjoints[at[3]] += 0.5 * adjoint * slope
      },
    }
  },
}
