import { autocovarianceAt } from './autocovariance.js'
import type { Chains } from './chains.js'
import { isDegenerate, mapDraws, pool, requireEqualLengths, splitChains } from './chains.js'
import { mean, variance } from './moments.js'
import { requireProbability, sorted, sortedMedian, sortedQuantile } from './quantile.js'
import { rankNormalize } from './rank-normalization.js'

/**
 * Effective sample size of the mean of the draws as they are, neither split nor ranked; at most S log10(S) for S draws.
 *
 * Geyer's initial monotone sequence on the autocorrelations of all chains. Source: Vehtari et al. (2021), doi 10.1214/20-BA1221;
 * Geyer (1992). The other `ess` functions apply it to split and transformed chains.
 *
 * @returns NaN, which passes no gate, for fewer than three draws a chain and for draws that are constant or not finite.
 * @throws RangeError without chains or with unequal lengths.
 */
export function essBasic(chains: Chains): number {
  requireEqualLengths(chains)
  return isDegenerate(chains) ? NaN : essOfVarying(chains)
}

/** `essBasic` of equally long chains that are known not to be degenerate. */
export function essOfVarying(chains: Chains): number {
  const n = chains[0].length
  if (n < 3) return NaN
  const total = n * chains.length
  return total / Math.max(autocorrelationTime(chains), 1 / Math.log10(total))
}

/** Effective sample size of the bulk: of the rank-normalised split draws. At least 100 per chain is wanted. NaN and errors as `essBasic`. */
export function essBulk(chains: Chains): number {
  requireEqualLengths(chains)
  return isDegenerate(chains) ? NaN : essBasic(rankNormalize(splitChains(chains)))
}

/** Effective sample size of the tails: the smaller one of the 5 % and the 95 % quantile. NaN and errors as `essBasic`. */
export function essTail(chains: Chains): number {
  requireEqualLengths(chains)
  const ascending = sorted(pool(chains))
  return Math.min(essAtMost(chains, sortedQuantile(ascending, 0.05)), essAtMost(chains, sortedQuantile(ascending, 0.95)))
}

/** Effective sample size of the quantile at probability p: of the indicator of draws at or below it. NaN and errors as `essBasic`. */
export function essQuantile(chains: Chains, p: number): number {
  requireEqualLengths(chains)
  requireProbability(p)
  const ascending = sorted(pool(chains))
  // Every draw is below the largest: that indicator would be constant.
  return essAtMost(chains, sortedQuantile(ascending, p === 1 ? 1 - 0.5 / ascending.length : p))
}

/** Effective sample size of the median. NaN and errors as `essBasic`. */
export function essMedian(chains: Chains): number {
  requireEqualLengths(chains)
  return essAtMost(chains, sortedMedian(sorted(pool(chains))))
}

/** Effective sample size of the mean. NaN and errors as `essBasic`. */
export function essMean(chains: Chains): number {
  requireEqualLengths(chains)
  return essBasic(splitChains(chains))
}

/** Effective sample size of the standard deviation: of the squared distance from the mean. NaN and errors as `essBasic`. */
export function essSd(chains: Chains): number {
  requireEqualLengths(chains)
  if (isDegenerate(chains)) return NaN
  const center = mean(pool(chains))
  return essMean(mapDraws(chains, draw => (draw - center) * (draw - center)))
}

/** Effective sample size of the share of draws at or below `cutoff`; NaN when that is all or none. */
export function essAtMost(chains: Chains, cutoff: number): number {
  return isDegenerate(chains) ? NaN : essOfShare(chains, cutoff)
}

/** `essAtMost` of chains that are known not to be degenerate. */
export function essOfShare(chains: Chains, cutoff: number): number {
  const indicators = chains.map(chain => {
    const indicator = new Float64Array(chain.length)
    for (let i = 0; i < chain.length; i++) indicator[i] = chain[i] <= cutoff ? 1 : 0
    return indicator
  })
  return essMean(indicators)
}

/** -1 + 2 sum(rho_0..rho_{T-1}) + rho_T over Geyer's initial monotone sequence. */
function autocorrelationTime(chains: Chains): number {
  const n = chains[0].length
  const covariance = autocovarianceAt(chains)
  const within = (covariance(0) * n) / (n - 1)
  const total = covariance(0) + (chains.length > 1 ? variance(Float64Array.from(chains, mean)) : 0)
  const correlation = (lag: number) => 1 - (within - covariance(lag)) / total

  const rho = new Float64Array(n)
  let even = 1
  let odd = correlation(1)
  rho[0] = even
  rho[1] = odd
  let end = 0
  while (end < n - 5 && even + odd > 0) {
    end += 2
    even = correlation(end)
    odd = correlation(end + 1)
    if (even + odd >= 0) {
      rho[end] = even
      rho[end + 1] = odd
    }
  }
  // A trailing even term above zero lowers the variance for antithetic chains.
  if (even > 0) rho[end] = even
  if (Number.isNaN(even + odd)) return NaN
  // No pair could be tested: nothing is known, and half the draws is what the posterior package reports.
  if (end === 0) return 2

  let sum = rho[0] + rho[1]
  for (let t = 2; t < end; t += 2) {
    const before = rho[t - 2] + rho[t - 1]
    if (rho[t] + rho[t + 1] > before) rho[t] = rho[t + 1] = before / 2
    sum += rho[t] + rho[t + 1]
  }
  return -1 + 2 * sum + rho[end]
}
