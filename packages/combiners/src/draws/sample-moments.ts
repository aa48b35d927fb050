import type { DrawMatrix } from '@chorale/core/contracts'
import type { CombinedMoments } from '../moments/additive-combination.js'

/** Mean and covariance (divisor n - 1) of draws. */
export function sampleMoments({ draws, dimension, values }: DrawMatrix): CombinedMoments {
  const mean = new Float64Array(dimension)
  for (let at = 0; at < values.length; at++) mean[at % dimension] += values[at] / draws
  const covariance = new Float64Array(dimension * dimension)
  const deviation = new Float64Array(dimension)
  for (let at = 0; at < values.length; at += dimension) {
    for (let i = 0; i < dimension; i++) {
      deviation[i] = values[at + i] - mean[i]
      for (let j = 0; j <= i; j++) covariance[i * dimension + j] += (deviation[i] * deviation[j]) / (draws - 1)
    }
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) covariance[j * dimension + i] = covariance[i * dimension + j]
  return { mean, covariance }
}
