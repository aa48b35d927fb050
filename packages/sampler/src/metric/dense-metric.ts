import { choleskyFactor, solveTransposedInPlace } from './cholesky.js'
import { shrinkage, type Metric, type MetricFamily } from './metric.js'
import { runningCovariance } from '../adaptation/welford.js'

/** The metric whose inverse is `covariance` (d x d, row-major); null when that is not positive definite. */
export function denseMetric(covariance: Float64Array, dimension: number): Metric | null {
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
      for (let i = 0; i < dimension; i++) momentum[i] = stream.normal()
      solveTransposedInPlace(factor, momentum)
    },
  }
}

function identity(dimension: number): Metric {
  const matrix = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) matrix[i * dimension + i] = 1
  return denseMetric(matrix, dimension)!
}

/** Sample covariance, shrunk towards a small multiple of the identity. Keeps the old metric where that is not positive definite. */
export const denseMetrics: MetricFamily = {
  identity,
  estimator(dimension) {
    const moments = runningCovariance(dimension)
    return {
      add: moments.add,
      finish(previous) {
        const { weight, addition } = shrinkage(moments.count())
        const covariance = moments.read().map((c, at) => weight * c + (at % (dimension + 1) === 0 ? addition : 0))
        moments.reset()
        return denseMetric(covariance, dimension) ?? previous
      },
    }
  },
}
