import { betaQuantile } from './beta-quantile.js'
import type { Chains } from './chains.js'
import { pool, requireEqualLengths } from './chains.js'
import { essMean, essQuantile, essSd } from './ess.js'
import { mean, variance } from './moments.js'
import { sorted } from './quantile.js'

/**
 * Monte Carlo standard error of the mean, sd/sqrt(ESS), in the units of the draws.
 *
 * Source: Vehtari et al. (2021), doi 10.1214/20-BA1221. NaN for draws that are constant or not finite.
 *
 * @throws RangeError without chains or with unequal lengths.
 */
export function mcseMean(chains: Chains): number {
  return Math.sqrt(variance(pool(chains)) / essMean(chains))
}

/** Monte Carlo standard error of the standard deviation, by the delta method on the variance (Kenney & Keeping 1951). NaN and errors as `mcseMean`. */
export function mcseSd(chains: Chains): number {
  return sdError(pool(chains), essSd(chains))
}

/**
 * Monte Carlo standard error of the quantile at probability p: half the distance between the order statistics at the central 68.3 % interval of
 * its beta posterior. NaN and errors as `mcseMean`; RangeError when p is not in [0, 1].
 */
export function mcseQuantile(chains: Chains, p: number): number {
  requireEqualLengths(chains)
  const ess = essQuantile(chains, p)
  if (!Number.isFinite(ess)) return NaN
  const ascending = sorted(pool(chains))
  const size = ascending.length
  const at = (probability: number) => betaQuantile(probability, ess * p + 1, ess * (1 - p) + 1) * size
  const lower = Math.max(Math.floor(at(0.1586553)), 1)
  const upper = Math.min(Math.ceil(at(0.8413447)), size)
  return (ascending[upper - 1] - ascending[lower - 1]) / 2
}

/** Standard error of the standard deviation of draws whose squared deviations have the given effective sample size. */
export function sdError(draws: Float64Array, ess: number): number {
  const center = mean(draws)
  const second = mean(draws.map(draw => (draw - center) * (draw - center)))
  const fourth = mean(draws.map(draw => (draw - center) * (draw - center) * (draw - center) * (draw - center)))
  return Math.sqrt((fourth - second * second) / ess / second / 4)
}
