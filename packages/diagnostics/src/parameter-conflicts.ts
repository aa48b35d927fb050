import { chiSquareUpperTail } from './gamma-tail.js'

/** Cochran's Q of every parameter on its own: d values each. */
export interface ParameterConflicts {
  readonly q: Float64Array
  /** S - 1, for each parameter. */
  readonly df: number
  /** Probability of so large a Q from shards that agree on the parameter. */
  readonly pValue: Float64Array
  /** max(0, (Q - df)/Q), for each parameter. */
  readonly i2: Float64Array
  /**
   * One array per shard: how many standard deviations the shard's mean is from the precision-weighted mean of all *other* shards, both uncertainties
   * counted. Standard normal when the shards agree; 0 for a single shard.
   */
  readonly z: readonly Float64Array[]
}

/**
 * Compares S estimates of each of d parameters, given each estimate's mean and the variance of its error.
 *
 * With weights w = 1/variance, total W and residual e from the mean of all shards, z = e sqrt(w/(1 - w/W)), which is the leave-one-out score.
 */
export function parameterConflicts(
  estimates: readonly { readonly mean: Float64Array; readonly variance: Float64Array }[],
  d: number,
): ParameterConflicts {
  const df = estimates.length - 1
  const z = estimates.map(() => new Float64Array(d))
  const q = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    const reference = estimates[0].mean[i]
    let total = 0
    let shift = 0
    for (const { mean, variance } of estimates) {
      total += 1 / variance[i]
      shift += (mean[i] - reference) / variance[i]
    }
    estimates.forEach(({ mean, variance }, s) => {
      const residual = mean[i] - reference - shift / total
      q[i] += (residual * residual) / variance[i]
      if (df > 0) z[s][i] = residual / Math.sqrt(variance[i] * (1 - 1 / (variance[i] * total)))
    })
  }
  return { q, df, pValue: q.map(value => chiSquareUpperTail(value, df)), i2: q.map(value => (value > df ? (value - df) / value : 0)), z }
}
