import { HALF_LOG_2_PI } from '../special/gamma.js'
import type { Kernel } from './kernel.js'
import { addScaledRow, rowDot } from './row.js'
import { matchShapes } from './shape-pattern.js'
import { createSymmetricFactor } from './symmetric-factor.js'

/**
 * Log density of a multivariate normal with precision (inverse covariance) matrix P: x [D], mean [D], P [D, D] -> []. P is symmetric positive
 * definite (of other matrices (P + P')/2 is taken); NaN when it is not. O(D^2) while P stays the same, as its factor is kept.
 *
 * Reverse, with r = x - mean: x gets -P r, the mean P r, P (inverse(P) - r r')/2 in both triangles.
 */
export const multivariateNormalPrecision: Kernel = {
  name: 'multivariateNormalPrecision',
  instantiate(shapes) {
    const { D } = matchShapes('multivariateNormalPrecision', shapes, [[['D'], ['D'], ['D', 'D']]])
    const factor = createSymmetricFactor(D)
    const residual = new Float64Array(D)
    const scaledResidual = new Float64Array(D)

    const residualInto = (values: Float64Array, x: number, mean: number): void => {
      for (let i = 0; i < D; i++) residual[i] = values[x + i] - values[mean + i]
    }

    return {
      shape: [],
      forward(values, out, [x, mean, precision]) {
        factor.take(values, precision)
        residualInto(values, x, mean)
        let square = 0
        for (let i = 0; i < D; i++) square += residual[i] * rowDot(values, precision + i * D, residual, 0, D)
        values[out] = -D * HALF_LOG_2_PI + 0.5 * factor.logDeterminant() - 0.5 * square
      },
      reverse(values, adjoints, out, [x, mean, precision], [xWanted, meanWanted, precisionWanted]) {
        const adjoint = adjoints[out]
        residualInto(values, x, mean)
        scaledResidual.fill(0)
        for (let i = 0; i < D; i++) {
          const row = precision + i * D
          scaledResidual[i] += 0.5 * rowDot(values, row, residual, 0, D)
          addScaledRow(scaledResidual, 0, 0.5 * residual[i], values, row, D)
        }
        for (let i = 0; i < D; i++) {
          if (xWanted) adjoints[x + i] -= adjoint * scaledResidual[i]
          if (meanWanted) adjoints[mean + i] += adjoint * scaledResidual[i]
        }
        if (!precisionWanted) return
        factor.take(values, precision)
        const inverse = factor.inverse()
        for (let i = 0; i < D; i++) {
          const row = i * D
          for (let j = 0; j < D; j++) adjoints[precision + row + j] += 0.5 * adjoint * (inverse[row + j] - residual[i] * residual[j])
        }
      },
    }
  },
}
