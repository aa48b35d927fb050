import type { Chains } from './chains.js'
import { requireEqualLengths } from './chains.js'
import { fourierTransform } from './fft.js'
import { mean } from './moments.js'

/**
 * Biased autocovariance (divided by n at every lag) around the array's own mean, in squared units of the draws.
 *
 * Source: Geyer (1992), Practical Markov chain Monte Carlo: the biased estimate, which the initial-sequence estimators assume.
 *
 * @returns n values, of the lags 0 to n - 1.
 */
export function autocovariance(draws: Float64Array): Float64Array {
  return meanAutocovariance([draws])
}

/**
 * Autocovariance of each chain around its own mean, averaged over chains, lags 0..n-1.
 *
 * By the Wiener-Khinchin theorem on zero-padded chains. Two chains a, b share a transform as a + ib: the autocovariance of that sum has those of a
 * and b, added, as its real part. The transform is linear, so power spectra are added up before the one transform back.
 */
export function meanAutocovariance(chains: Chains): Float64Array {
  requireEqualLengths(chains)
  const n = chains[0].length
  if (n === 0) return new Float64Array(0)
  let size = 1
  while (size < 2 * n) size *= 2
  const transform = fourierTransform(size)
  const power = new Float64Array(size)
  const re = new Float64Array(size)
  const im = new Float64Array(size)
  for (let c = 0; c < chains.length; c += 2) {
    centerInto(re, chains[c])
    if (c + 1 < chains.length) centerInto(im, chains[c + 1])
    else im.fill(0)
    transform.forwardInto(re, im)
    for (let k = 0; k < size; k++) power[k] += re[k] * re[k] + im[k] * im[k]
  }
  im.fill(0)
  transform.backInto(power, im)
  const scale = 1 / (size * n * chains.length)
  return power.slice(0, n).map(value => value * scale)
}

/** Lags that are summed up directly: chains that mix well need no others, and for these few a transform takes longer. */
const DIRECT_LAGS = 12

/** `meanAutocovariance` at one lag after another: by sums for the first lags, transformed when a later one is asked for. */
export function autocovarianceAt(chains: Chains): (lag: number) => number {
  requireEqualLengths(chains)
  const n = chains[0].length
  const centered = new Float64Array(n * chains.length)
  chains.forEach((chain, c) => centerInto(centered.subarray(c * n, (c + 1) * n), chain))
  let all: Float64Array | undefined
  return lag => (lag < DIRECT_LAGS ? laggedSum(centered, n, lag) / (n * chains.length) : (all ??= meanAutocovariance(chains))[lag])
}

/** Products of centred draws that are `lag` apart, in chains of `n` draws, one after another. */
function laggedSum(centered: Float64Array, n: number, lag: number): number {
  let sum = 0
  for (let begin = 0; begin < centered.length; begin += n) {
    const end = begin + n - lag
    for (let i = begin; i < end; i++) sum += centered[i] * centered[i + lag]
  }
  return sum
}

function centerInto(out: Float64Array, draws: Float64Array): void {
  const center = mean(draws)
  out.fill(0)
  for (let i = 0; i < draws.length; i++) out[i] = draws[i] - center
}
