import { logSumExp } from '@chorale/diagnostics'
import type { DrawMatrix } from '@chorale/core/contracts'

/** Self-normalised importance estimates with standard errors, one entry a coordinate. */
export interface WeightedEstimate {
  readonly mean: Float64Array
  readonly sd: Float64Array
  readonly mcseMean: Float64Array
  readonly mcseSd: Float64Array
}

export function normalisedWeights(logWeights: Float64Array): Float64Array {
  const total = logSumExp(logWeights)
  return logWeights.map(value => Math.exp(value - total))
}

/** Standard errors by the delta method. Source: Owen (2013), Monte Carlo theory, methods and examples, section 9.2. */
export function weightedEstimate({ draws, dimension, values }: DrawMatrix, weights: Float64Array): WeightedEstimate {
  const mean = new Float64Array(dimension)
  const variance = new Float64Array(dimension)
  const ofMean = new Float64Array(dimension)
  const ofVariance = new Float64Array(dimension)
  for (let row = 0; row < draws; row++) for (let j = 0; j < dimension; j++) mean[j] += weights[row] * values[row * dimension + j]
  for (let row = 0; row < draws; row++) {
    for (let j = 0; j < dimension; j++) {
      const deviation = values[row * dimension + j] - mean[j]
      variance[j] += weights[row] * deviation * deviation
    }
  }
  for (let row = 0; row < draws; row++) {
    for (let j = 0; j < dimension; j++) {
      const deviation = values[row * dimension + j] - mean[j]
      const forMean = weights[row] * deviation
      const forVariance = weights[row] * (deviation * deviation - variance[j])
      ofMean[j] += forMean * forMean
      ofVariance[j] += forVariance * forVariance
    }
  }
  const sd = variance.map(Math.sqrt)
  return { mean, sd, mcseMean: ofMean.map(Math.sqrt), mcseSd: ofVariance.map((value, j) => Math.sqrt(value) / (2 * sd[j])) }
}
