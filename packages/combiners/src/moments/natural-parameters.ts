import type { MomentBatch } from '@chorale/core/contracts'
import type { CombinedMoments } from './additive-combination.js'
import { inverseWithRidge } from '../linear-algebra/cholesky.js'
import { add, allFinite, applyTo, multiply, scaled, subtract } from '../linear-algebra/matrix.js'

/** A Gaussian in the form in which densities multiply by adding: precision P (d x d) and shift P (m - origin) (length d). */
export interface NaturalParameters {
  readonly precision: Float64Array
  readonly shift: Float64Array
}

/** The same Gaussian with its shift taken about another origin. */
export function about(origin: Float64Array, { precision, shift }: NaturalParameters, from: Float64Array): NaturalParameters {
  return { precision, shift: add(shift, applyTo(precision, subtract(from, origin))) }
}

/** Mean and covariance of a Gaussian whose shift is taken about `origin`. Undefined when its precision is not positive definite. */
export function fromNatural({ precision, shift }: NaturalParameters, origin: Float64Array): CombinedMoments | undefined {
  const covariance = inverseWithRidge(precision, shift.length)
  return covariance && { mean: add(origin, applyTo(covariance, shift)), covariance }
}

/** Precision and shift one after another, so that they can be summed as one. */
export function packNatural({ precision, shift }: NaturalParameters): Float64Array {
  const result = new Float64Array(precision.length + shift.length)
  result.set(precision)
  result.set(shift, precision.length)
  return result
}

/** inverse(sum (theta - mean)(theta - mean)'), from which both estimates start. Undefined with fewer than d + 2 draws or when indefinite. */
export function inverseCrossProducts({ count, mean, crossProducts }: MomentBatch): Float64Array | undefined {
  const dimension = mean.length
  return count < dimension + 2 ? undefined : inverseWithRidge(crossProducts, dimension)
}

/**
 * By score moments: P = -sym(Cov(g, theta) inverse(Cov(theta))), P m = P mean(theta) + mean(g), g = gradient of the log sub-density.
 *
 * Stein's identity gives E[g (theta - m)'] = -I, so P has the limit of the inverse covariance; for a Gaussian it is exact with any d + 2 draws.
 * P need not be positive definite. Undefined when scores were not recorded or are not finite.
 */
export function fromScoreMoments(moments: MomentBatch, inverse: Float64Array, origin: Float64Array): NaturalParameters | undefined {
  const dimension = moments.mean.length
  if (moments.scoreMean.length !== dimension || moments.scoreCrossProducts.length !== dimension * dimension) return undefined
  if (!allFinite(moments.scoreMean) || !allFinite(moments.scoreCrossProducts)) return undefined
  const slope = multiply(moments.scoreCrossProducts, inverse, dimension)
  const precision = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) {
      const value = -(slope[i * dimension + j] + slope[j * dimension + i]) / 2
      precision[i * dimension + j] = value
      precision[j * dimension + i] = value
    }
  }
  return { precision, shift: add(applyTo(precision, subtract(moments.mean, origin)), moments.scoreMean) }
}

/**
 * By the inverse covariance, with its bias removed: P = c inverse(V), c = (n - d - 2)/(n - 1), n = `effectiveCount`, the effective number of draws for
 * second moments. Undefined when n <= d + 2.
 *
 * The noise of P adds about d(d + 2)/n to the squared error of a product's mean, however many shards there are. Source: the mean of an inverse Wishart
 * matrix; for chains as in Vehtari et al. (2020), Expectation propagation as a way of life.
 */
export function fromInverseCovariance(
  moments: MomentBatch,
  inverse: Float64Array,
  origin: Float64Array,
  effectiveCount: number,
): NaturalParameters | undefined {
  const dimension = moments.mean.length
  if (!(effectiveCount > dimension + 2)) return undefined
  const bias = (effectiveCount - dimension - 2) / (effectiveCount - 1)
  const precision = scaled(inverse, bias * (moments.count - 1))
  return { precision, shift: applyTo(precision, subtract(moments.mean, origin)) }
}
