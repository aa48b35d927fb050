import { optionFailure, type ResolvedStartOptions } from './start-options.js'

/**
 * The inverse metric that the options give: `dimension` variances or a covariance matrix, row-major. Undefined where they give none.
 * Errors: `TaskError` CHORALE_SAMPLER_OPTION when it is of another size.
 */
export function inverseMetricOf({ inverseMetric }: ResolvedStartOptions, dimension: number): Float64Array | undefined {
  if (!inverseMetric) return undefined
  const { length } = inverseMetric
  if (length === dimension || length === dimension * dimension) return Float64Array.from(inverseMetric)
  throw optionFailure(
    `inverseMetric has ${length} numbers; the model has ${dimension} unconstrained coordinates.`,
    `give ${dimension} variances, or a covariance of ${dimension} x ${dimension}`,
  )
}
