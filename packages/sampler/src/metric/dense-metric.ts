import { choleskyFactor, solveTransposedInPlace } from './cholesky.js'
import type { MetricBase } from './metric-base.js'

/** The metric whose inverse is any covariance matrix. */
export interface DenseMetric extends MetricBase {
  readonly kind: 'dense'
  /** The inverse metric: a d x d covariance matrix, row-major. */
  readonly inverse: Float64Array
}

/** The metric whose inverse is `covariance` (d x d, row-major), which it keeps; null when that is not positive definite. */
export function denseMetric(covariance: Float64Array, dimension: number): DenseMetric | null {
  const factor = choleskyFactor(covariance, dimension)
  if (!factor) return null
  return {
    kind: 'dense',
    inverse: covariance,
    velocityInto(velocity, momentum) {
      for (let i = 0; i < dimension; i++) {
        let sum = 0
        for (let j = 0, at = i * dimension; j < dimension; j++, at++) sum += covariance[at] * momentum[j]
        velocity[i] = sum
      }
    },
    momentumInto(momentum, stream) {
      stream.normalsInto(momentum)
      solveTransposedInPlace(factor, momentum)
    },
    save: () => ({ covariance }),
  }
}
