import type { Chains } from './chains.js'
import { requireEqualLengths } from './chains.js'
import { fourierTransform } from './fft.js'
import { mean } from './moments.js'

/**
 * Biased autocovariance (divided by n at every lag) around the array's own mean, lags 0..n-1.
 *
 * Source: Geyer (1992), Practical Markov chain Monte Carlo: the biased estimate, which the initial-sequence estimators assume.
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

function centerInto(out: Float64Array, draws: Float64Array): void {
  const center = mean(draws)
  out.fill(0)
  for (let i = 0; i < draws.length; i++) out[i] = draws[i] - center
}
