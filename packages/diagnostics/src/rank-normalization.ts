import type { Chains } from './chains.js'
import { pool } from './chains.js'
import { normalQuantile } from './normal-quantile.js'
import { sorted, sortedMedian } from './quantile.js'

/**
 * Each draw replaced by the normal quantile of (r - 3/8)/(S + 1/4), r its rank among all S draws of all chains, ties sharing their average rank.
 *
 * Source: Vehtari et al. (2021), Rank-normalization, folding, and localization (Blom's plotting positions), doi 10.1214/20-BA1221.
 *
 * @param ascending all draws in ascending order, where the caller has them.
 * @returns chains of the same lengths, in the same order.
 */
export function rankNormalize(chains: Chains, ascending = sorted(pool(chains))): Float64Array[] {
  const total = ascending.length
  const scores = untiedScores(total)
  const countBelow = rankFinder(ascending)
  // A loop of its own, as below: it is compiled before short runs are over, unlike one that calls whatever it is given.
  return chains.map(chain => {
    const ranked = new Float64Array(chain.length)
    for (let i = 0; i < chain.length; i++) {
      const draw = chain[i]
      const smaller = countBelow(draw)
      ranked[i] = ascending[smaller + 1] === draw ? blomScore(smaller, countUpTo(ascending, draw) - smaller, total) : scores[smaller]
    }
    return ranked
  })
}

/** Normal score of `ties` equal draws of `total` that are larger than `smaller` others. */
const blomScore = (smaller: number, ties: number, total: number): number =>
  normalQuantile((smaller + (ties + 1) / 2 - 0.375) / (total + 0.25))

/** The scores of one number of draws: all quantities of a run have it. */
let latest = new Float64Array(0)

function untiedScores(total: number): Float64Array {
  if (latest.length !== total) latest = Float64Array.from({ length: total }, (_, smaller) => blomScore(smaller, 1, total))
  return latest
}

/**
 * Distance of each draw from the median of all draws: turns a difference in scale into a difference in location.
 *
 * Source: Vehtari et al. (2021), doi 10.1214/20-BA1221.
 *
 * @param ascending all draws in ascending order, where the caller has them.
 * @returns chains of the same lengths, in the units of the draws.
 */
export function foldDraws(chains: Chains, ascending = sorted(pool(chains))): Float64Array[] {
  const median = sortedMedian(ascending)
  return chains.map(chain => {
    const folded = new Float64Array(chain.length)
    for (let i = 0; i < chain.length; i++) folded[i] = Math.abs(chain[i] - median)
    return folded
  })
}

/** The distances of values in ascending order from their median, in ascending order: those on either side of it are in order already. */
export function foldSorted(ascending: Float64Array): Float64Array {
  const median = sortedMedian(ascending)
  const folded = new Float64Array(ascending.length)
  let above = ascending.length >> 1
  let below = above - 1
  for (let i = 0; i < folded.length; i++) {
    const down = below < 0 ? Infinity : Math.abs(ascending[below] - median)
    const up = above === ascending.length ? Infinity : Math.abs(ascending[above] - median)
    folded[i] = up <= down ? up : down
    if (up <= down) above++
    else below--
  }
  return folded
}

/** How many values are below one of them: looked up in a table of equal slices of their range, then halved within the slice, which holds few. */
function rankFinder(ascending: Float64Array): (value: number) => number {
  const n = ascending.length
  const low = ascending[0]
  const scale = n / (ascending[n - 1] - low)
  if (!(scale > 0 && scale < Infinity)) return value => countBelow(ascending, value, 0, n)
  const sliceOf = (value: number): number => Math.min(n, Math.floor((value - low) * scale))
  const begins = new Uint32Array(n + 2)
  for (let i = 0; i < n; i++) begins[sliceOf(ascending[i]) + 1]++
  for (let slice = 1; slice < begins.length; slice++) begins[slice] += begins[slice - 1]
  return value => {
    const slice = sliceOf(value)
    return countBelow(ascending, value, begins[slice], begins[slice + 1])
  }
}

function countBelow(ascending: Float64Array, value: number, from: number, to: number): number {
  let low = from
  let high = to
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
