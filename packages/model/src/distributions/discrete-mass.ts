/**
 * Log masses of counts without cancellation however large they are: what accepts or rejects a proposal of a sampler.
 *
 * Source: Loader (2000), Fast and accurate computation of binomial probabilities.
 */
import { deviation } from '../special/deviation.js'
import { HALF_LOG_2_PI, lgamma } from '../special/gamma.js'
import { lchoose } from '../special/index.js'
import { STIRLING_START, stirlingRemainder } from '../special/stirling.js'

/** Log mass of a Poisson count k >= 0 with the given rate > 0. */
export function logPoissonMass(k: number, rate: number): number {
  if (k < STIRLING_START) return k * Math.log(rate) - rate - lgamma(k + 1)
  return -HALF_LOG_2_PI - 0.5 * Math.log(k) - stirlingRemainder(k) - deviation(k, rate - k, rate)
}

/** Log mass of a binomial count from 0 to n with probability 0 < p < 1. */
export function logBinomialMass(n: number, k: number, p: number): number {
  const rest = n - k
  if (k < STIRLING_START || rest < STIRLING_START) return lchoose(n, k) + k * Math.log(p) + rest * Math.log1p(-p)
  const excess = n * p - k
  return (
    0.5 * Math.log(n / k / rest) -
    HALF_LOG_2_PI +
    stirlingRemainder(n) -
    stirlingRemainder(k) -
    stirlingRemainder(rest) -
    deviation(k, excess, n * p) -
    deviation(rest, -excess, n * (1 - p))
  )
}
