import { HALF_LOG_2_PI } from '../special/gamma.js'
import type { Kernel } from './kernel.js'
import { matchShapes } from './shape-pattern.js'
import { createWhitenedResidual } from './whitened-residual.js'

/**
 * Log density of a multivariate normal with covariance L L': x [D], mean [D], L [D, D] -> []. What is above L's diagonal is not read. NaN when L's
 * diagonal is not positive.
 */
export const multivariateNormalCholesky: Kernel = {
  name: 'multivariateNormalCholesky',
  instantiate(shapes) {
    const { D } = matchShapes('multivariateNormalCholesky', shapes, [[['D'], ['D'], ['D', 'D']]])
    const residual = createWhitenedResidual(D)
    return {
      shape: [],
      forward(values, out, at) {
        const square = residual.take(values, at)
        values[out] = -D * HALF_LOG_2_PI - residual.logDiagonal() - 0.5 * square
      },
      reverse(values, adjoints, out, at, wanted) {
        residual.take(values, at)
        residual.pullBack(values, adjoints, at, wanted, adjoints[out], 1)
      },
    }
  },
}
