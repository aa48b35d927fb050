import type { RandomStream } from '@chorale/random'
import type { SavedState } from '../chain/saved-state.js'
import type { MetricBase } from './metric-base.js'

/** The metric whose inverse is diagonal. */
export interface DiagonalMetric extends MetricBase {
  readonly kind: 'diagonal'
  /** The inverse metric: d variances. */
  readonly inverse: Float64Array
}

class MetricOfVariances implements DiagonalMetric {
  readonly kind = 'diagonal'
  readonly inverse: Float64Array
  private readonly scales: Float64Array

  constructor(variances: Float64Array) {
    const scales = new Float64Array(variances.length)
    for (let i = 0; i < scales.length; i++) scales[i] = 1 / Math.sqrt(variances[i])
    this.inverse = variances
    this.scales = scales
  }

  velocityInto(velocity: Float64Array, momentum: Float64Array): void {
    const { inverse } = this
    for (let i = 0; i < inverse.length; i++) velocity[i] = inverse[i] * momentum[i]
  }

  momentumInto(momentum: Float64Array, stream: RandomStream): void {
    const { scales } = this
    stream.normalsInto(momentum)
    for (let i = 0; i < scales.length; i++) momentum[i] *= scales[i]
  }

  save(): SavedState {
    return { variances: this.inverse }
  }
}

/** The metric whose inverse is the diagonal matrix of `variances`, which it keeps: positive, finite. */
export const diagonalMetric = (variances: Float64Array): DiagonalMetric => new MetricOfVariances(variances)

/** The metric of a target whose coordinates are independent with variance 1. */
export const unitMetric = (dimension: number): DiagonalMetric => diagonalMetric(new Float64Array(dimension).fill(1))
