import type { Chains } from './chains.js'
import { mapDraws, pool } from './chains.js'
import { normalQuantile } from './normal-quantile.js'
import { sorted, sortedMedian } from './quantile.js'

/**
 * Each draw replaced by the normal quantile of (r - 3/8)/(S + 1/4), r its rank among all S draws of all chains, ties sharing their average rank.
 *
 * Source: Vehtari et al. (2021), Rank-normalization, folding, and localization (Blom's plotting positions), doi 10.1214/20-BA1221.
 */
export function rankNormalize(chains: Chains): Float64Array[] {
  const ascending = sorted(pool(chains))
  const total = ascending.length
  return mapDraws(chains, draw => {
    const smaller = countBelow(ascending, draw)
    const ties = ascending[smaller + 1] === draw ? countUpTo(ascending, draw) - smaller : 1
    return normalQuantile((smaller + (ties + 1) / 2 - 0.375) / (total + 0.25))
  })
}

/** Distance of each draw from the median of all draws: turns a difference in scale into a difference in location. */
export function foldDraws(chains: Chains): Float64Array[] {
  const median = sortedMedian(sorted(pool(chains)))
  return mapDraws(chains, draw => Math.abs(draw - median))
}

function countBelow(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}

function countUpTo(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle] <= value) low = middle + 1
    else high = middle
  }
  return low
}
