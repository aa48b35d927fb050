import type { MetricBase } from './metric.js'

/** The metric whose inverse is diagonal. */
export interface DiagonalMetric extends MetricBase {
  readonly kind: 'diagonal'
  /** The inverse metric: d variances. */
  readonly inverse: Float64Array
}

/** The metric whose inverse is the diagonal matrix of `variances`, which it keeps: positive, finite. */
export function diagonalMetric(variances: Float64Array): DiagonalMetric {
  const scales = variances.map(v => 1 / Math.sqrt(v))
  return {
    kind: 'diagonal',
    inverse: variances,
    velocityInto(velocity, momentum) {
      for (let i = 0; i < variances.length; i++) velocity[i] = variances[i] * momentum[i]
    },
    momentumInto(momentum, stream) {
      stream.normalsInto(momentum)
      for (let i = 0; i < scales.length; i++) momentum[i] *= scales[i]
    },
    save: () => ({ variances }),
  }
}

/** The metric of a target whose coordinates are independent with variance 1. */
export const unitMetric = (dimension: number): DiagonalMetric => diagonalMetric(new Float64Array(dimension).fill(1))
