import type { CombinedDraws } from '@chorale/core/contracts'
import { demand } from '../check.js'
import { momentsOf } from '../moments.js'
import { DIMENSION, DRAWS_PER_SHARD, invert, type Gaussian } from './gaussian-shards.js'

/** Bound of every statistical check, in standard errors: one false alarm in about two million per number. */
export const STANDARD_ERRORS = 5

/**
 * Compares combined draws with a Gaussian in units of its standard deviations. Both the sub-posterior draws and the combined draws are finite samples:
 * the mean's standard error is sqrt(1/T + 1/n), a variance's at most sqrt(2/T + 2/n).
 */
export function demandGaussian({ draws, logWeights }: CombinedDraws, { mean, precision }: Gaussian): void {
  const found = momentsOf(draws, logWeights)
  const covariance = invert(precision)
  const error = Math.sqrt(1 / DRAWS_PER_SHARD + 1 / found.effectiveDraws)
  for (let j = 0; j < DIMENSION; j++) {
    const sd = Math.sqrt(covariance[3 * j]!)
    const off = (found.mean[j]! - mean[j]!) / sd
    const meanBound = STANDARD_ERRORS * error
    demand(
      Math.abs(off) < meanBound,
      `the mean of coordinate ${j} is ${off.toFixed(3)} posterior sd off; Monte Carlo error explains ${meanBound.toFixed(3)}`,
    )
    for (let k = 0; k <= j; k++) {
      const scale = sd * Math.sqrt(covariance[3 * k]!)
      const offCovariance = (found.covariance[j * DIMENSION + k]! - covariance[j * DIMENSION + k]!) / scale
      const bound = STANDARD_ERRORS * Math.SQRT2 * error
      demand(
        Math.abs(offCovariance) < bound,
        `the covariance of coordinates ${j} and ${k} is ${offCovariance.toFixed(3)} off in units of the posterior sds; Monte Carlo error explains ${bound.toFixed(3)}`,
      )
    }
  }
}
