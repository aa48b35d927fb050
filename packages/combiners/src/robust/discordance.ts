import { inverseWithRidge } from '../linear-algebra/cholesky.js'
import { add, applyTo, scaled, subtract } from '../linear-algebra/matrix.js'

/** A shard as the test of agreement sees it; sums of shards have the same form. */
export interface Opinion {
  /** P, d x d. */
  readonly precision: Float64Array
  /** P (m - origin). */
  readonly shift: Float64Array
}

/** A shard's own opinion, and how well it is known. */
export interface Evidence {
  /** m - origin. */
  readonly mean: Float64Array
  /** By how much P exceeds the inverse covariance of m about the truth: the Monte Carlo error of m makes it less than 1, the removed bias of an inverse covariance more. */
  readonly scale: number
  /** Degrees of freedom of P as a Wishart matrix; Infinity for score moments. */
  readonly degrees: number
}

/**
 * How far a shard's mean is from that of the others together, as a chi-square variable with d degrees of freedom when they have one truth.
 *
 * Q = (m - mu)' inverse(V/scale + V_o) (m - mu), V_o and mu of the others: exactly chi-square for Gaussian sub-posteriors of independent rows with known precisions, as a
 * leave-one-out residual with known variances. Where precisions are estimated, Q is Hotelling's; its degrees of freedom nu are those of the mixed covariance in the
 * direction of the difference, and (nu - d/2) log(1 + Q/nu) is chi-square to second order. Undefined when the others are not a proper posterior.
 * Source: Bartlett (1938), Mathematical Proceedings of the Cambridge Philosophical Society 34, for the logarithm; Yao (1965), Biometrika 52, for the degrees of freedom.
 */
export function discordance(own: Opinion & Evidence, others: Opinion & Pick<Evidence, 'degrees'>): number | undefined {
  const dimension = own.shift.length
  const centreInverse = inverseWithRidge(others.precision, dimension)
  const precision = scaled(own.precision, own.scale)
  const bothInverse = inverseWithRidge(add(precision, others.precision), dimension)
  if (centreInverse === undefined || bothInverse === undefined) return undefined
  const difference = subtract(own.mean, applyTo(centreInverse, others.shift))

  // inverse(inverse(A) + inverse(B)) = A inverse(A + B) B: nothing cancels, however unlike the two are.
  const pulled = applyTo(bothInverse, applyTo(others.precision, difference))
  const ownPull = applyTo(precision, pulled)
  const distance = dot(ownPull, difference)
  if (!(distance > 0)) return 0
  const share = dot(ownPull, pulled) / distance
  const noise = (share * share) / own.degrees + ((1 - share) * (1 - share)) / others.degrees
  if (!(noise > 0)) return distance
  const degrees = Math.max(1 / noise, dimension)
  return (degrees - dimension / 2) * Math.log1p(distance / degrees)
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0)
