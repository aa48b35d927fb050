import { shrinkage, type Metric, type MetricFamily } from './metric.js'
import { runningVariance } from '../adaptation/welford.js'

/** The metric whose inverse is the diagonal matrix of `variances`. */
export function diagonalMetric(variances: Float64Array): Metric {
  const scales = variances.map(v => 1 / Math.sqrt(v))
  return {
    kind: 'diagonal',
    inverse: variances,
    velocityInto(velocity, momentum) {
      for (let i = 0; i < variances.length; i++) velocity[i] = variances[i] * momentum[i]
    },
    momentumInto(momentum, stream) {
      for (let i = 0; i < scales.length; i++) momentum[i] = scales[i] * stream.normal()
    },
  }
}

/** Sample variances, shrunk. A coordinate whose variance is not finite keeps its old entry. */
export const diagonalMetrics: MetricFamily = {
  identity: dimension => diagonalMetric(new Float64Array(dimension).fill(1)),
  estimator(dimension) {
    const moments = runningVariance(dimension)
    return {
      add: moments.add,
      finish(previous) {
        const { weight, addition } = shrinkage(moments.count())
        const variances = moments.read().map((v, i) => (Number.isFinite(v) ? weight * v + addition : previous.inverse[i]))
        moments.reset()
        return diagonalMetric(variances)
      },
    }
  },
}
