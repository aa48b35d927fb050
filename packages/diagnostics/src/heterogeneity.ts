import { addInverseInto, cholesky, solveLowerInto, solveUpperInto } from './cholesky.js'
import { chiSquareUpperTail } from './gamma-tail.js'
import { parameterConflicts } from './parameter-conflicts.js'
import type { ParameterConflicts } from './parameter-conflicts.js'
import { sorted, sortedMedian } from './quantile.js'

/** What one sub-posterior says, on the unconstrained scale. */
export interface ShardSummary {
  /** d means. */
  readonly mean: Float64Array
  /** d x d, row-major. */
  readonly covariance: Float64Array
  /** Effective sample size of the means: one number, or one per parameter. */
  readonly ess: number | Float64Array
  /**
   * Effective number of draws behind the covariance; Infinity when it is exact, as good as exact (score moments), or already corrected for the bias
   * of its inverse. Default: the median of `ess`.
   */
  readonly covarianceEss?: number
}

export interface Heterogeneity {
  /** Cochran's Q over all parameters jointly. */
  readonly q: number
  /** d (S - 1). */
  readonly df: number
  /** Probability of so large a Q from shards that agree. */
  readonly pValue: number
  /** max(0, (Q - df)/Q): the share of the disagreement that chance does not explain. */
  readonly i2: number
  /** Precision-weighted mean of the shards, per parameter. */
  readonly center: Float64Array
  /** What each shard adds to Q. */
  readonly contributions: Float64Array
  /** Each parameter on its own. */
  readonly parameters: ParameterConflicts
  /** Indices of shards that could not be used; when there are any, every number above is NaN. */
  readonly unusable: readonly number[]
}

/**
 * Do the sub-posteriors contradict each other by more than their own uncertainty?
 *
 * Q = sum_s (m_s - mu)' inverse(W_s) (m_s - mu), mu the precision-weighted mean, W_s = V_s (1 + 1/ESS_s): the posterior covariance plus the Monte
 * Carlo error of the mean. With an ESS per parameter i the error is V_ij/sqrt(ESS_i ESS_j). Shards of the same truth give a chi-square variable with
 * d (S - 1) degrees of freedom. The inverse of a covariance estimated from n draws is too large by (n - 1)/(n - d - 2), which many shards would turn
 * into a false alarm; it is taken out, n = `covarianceEss`.
 *
 * It compares means in units of posterior standard deviations: a parameter near zero is nothing special, and no scale of the parameters matters.
 * With rows by the million any misspecification is significant: judge by `i2` too. One shard agrees with itself (Q = 0, p = 1).
 * Source: Cochran (1954), Biometrics 10; Higgins & Thompson (2002), Statistics in Medicine 21, for I2; Anderson (2003), 7.7, for the inverse.
 *
 * A shard is unusable when its mean is not finite, its covariance not symmetric positive definite, its ESS not positive, or covarianceEss <= d + 2.
 *
 * @throws RangeError without shards, or when shapes do not fit; the message names the shard.
 */
export function heterogeneity(shards: readonly ShardSummary[]): Heterogeneity {
  requireShapes(shards)
  const d = shards[0].mean.length
  const df = d * (shards.length - 1)
  const factors = (shard: ShardSummary) => cholesky(meanCovariance(shard, d), d)
  const reference = shards[0].mean

  // Summed around one shard's mean, so that means far from zero do not cancel.
  const precision = new Float64Array(d * d)
  const weighted = new Float64Array(d)
  const unusable: number[] = []
  shards.forEach((shard, s) => {
    const lower = factors(shard)
    if (lower === undefined || !shard.mean.every(Number.isFinite)) {
      unusable.push(s)
      return
    }
    addInverseInto(precision, lower, d)
    const step = shard.mean.map((value, i) => value - reference[i])
    solveLowerInto(step, lower)
    solveUpperInto(step, lower)
    for (let i = 0; i < d; i++) weighted[i] += step[i]
  })
  const pooled = unusable.length > 0 ? undefined : cholesky(precision, d)
  if (pooled === undefined) return undefinedHeterogeneity(d, shards.length, df, unusable)
  solveLowerInto(weighted, pooled)
  solveUpperInto(weighted, pooled)
  const center = weighted.map((value, i) => reference[i] + value)

  const contributions = Float64Array.from(shards, shard => {
    const residual = shard.mean.map((value, i) => value - reference[i] - weighted[i])
    solveLowerInto(residual, factors(shard)!)
    return residual.reduce((sum, value) => sum + value * value, 0)
  })
  const q = shards.length === 1 ? 0 : contributions.reduce((sum, value) => sum + value, 0)
  return {
    q,
    df,
    pValue: chiSquareUpperTail(q, df),
    i2: q > 0 ? Math.max(0, (q - df) / q) : 0,
    center,
    contributions,
    parameters: parameterConflicts(
      shards.map(shard => ({ mean: shard.mean, variance: meanVariance(shard, d) })),
      d,
    ),
    unusable,
  }
}

/** W_s with the bias of its inverse taken out. NaN entries when there are too few draws for that. */
function meanCovariance(shard: ShardSummary, d: number): Float64Array {
  const shrink = inverseBias(shard, d)
  const noise = new Float64Array(d)
  for (let i = 0; i < d; i++) noise[i] = 1 / Math.sqrt(essOf(shard, i))
  const covariance = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) covariance[i * d + j] = (shard.covariance[i * d + j] * (1 + noise[i] * noise[j])) / shrink
  }
  return covariance
}

function meanVariance(shard: ShardSummary, d: number): Float64Array {
  const shrink = inverseBias(shard, 1)
  const variance = new Float64Array(d)
  for (let i = 0; i < d; i++) variance[i] = (shard.covariance[i * d + i] * (1 + 1 / essOf(shard, i))) / shrink
  return variance
}

function essOf({ ess }: ShardSummary, parameter: number): number {
  const value = typeof ess === 'number' ? ess : ess[parameter]
  return value > 0 ? value : NaN
}

/** (n - d - 2)/(n - 1), the bias of an inverse sample covariance in d dimensions. */
function inverseBias({ ess, covarianceEss }: ShardSummary, d: number): number {
  const n = covarianceEss ?? (typeof ess === 'number' ? ess : sortedMedian(sorted(ess)))
  if (n === Infinity) return 1
  return n > d + 2 ? (n - d - 2) / (n - 1) : NaN
}

function undefinedHeterogeneity(d: number, shards: number, df: number, unusable: readonly number[]): Heterogeneity {
  const nan = (length: number) => new Float64Array(length).fill(NaN)
  return {
    q: NaN,
    df,
    pValue: NaN,
    i2: NaN,
    center: nan(d),
    contributions: nan(shards),
    parameters: { q: nan(d), df: shards - 1, pValue: nan(d), i2: nan(d), z: Array.from({ length: shards }, () => nan(d)) },
    unusable,
  }
}

function requireShapes(shards: readonly ShardSummary[]): void {
  if (shards.length === 0) throw new RangeError('No shards: at least one sub-posterior is needed.')
  const d = shards[0].mean.length
  shards.forEach(({ mean, covariance, ess }, s) => {
    if (mean.length === 0) throw new RangeError(`Shard ${s} has no parameters.`)
    if (mean.length !== d) throw new RangeError(`Shard ${s} has ${mean.length} means, shard 0 has ${d}.`)
    if (covariance.length !== d * d) {
      throw new RangeError(`The covariance of shard ${s} has ${covariance.length} entries: ${d} x ${d} are needed.`)
    }
    if (typeof ess !== 'number' && ess.length !== d)
      throw new RangeError(`Shard ${s} has ${ess.length} effective sample sizes for ${d} parameters.`)
  })
}
