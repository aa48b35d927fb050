/**
 * Differences of log-gamma and digamma functions at nearby or very large arguments, where subtracting two values would cancel,
 * and the log beta function and log binomial coefficient made of them.
 *
 * Source: the differences are Stirling's series (DLMF 5.11.1) subtracted term by term, small arguments climb by the recurrence (DLMF 5.5.1);
 * Didonato & Morris (1992), Algorithm 708 (ALGDIV, BCORR), uses the same arrangement for the beta function.
 */
import { digamma, HALF_LOG_2_PI, lgamma } from './gamma.js'
import { logMinusDigammaDelta, STIRLING_START, stirlingRemainder, stirlingRemainderDelta } from './stirling.js'

/** lgamma(x + d) - lgamma(x) for x > 0, x + d >= 0; relative accuracy also for |d| far below the spacing of doubles at lgamma(x). */
export function logGammaDelta(x: number, d: number): number {
  if (!(x >= 0 && x + d >= 0)) return NaN
  if (d === 0) return 0
  if (x === Infinity) return d > 0 ? Infinity : d < 0 ? -Infinity : NaN
  if (x + d === Infinity) return Infinity
  const smaller = d < 0 ? x + d : x
  if (smaller >= STIRLING_START) return stirlingDelta(x, d)
  if (Math.abs(d) >= 0.5 * x) return lgamma(x + d) - lgamma(x)
  let y = x
  let ratio = 0
  while (y + d < STIRLING_START || y < STIRLING_START) {
    const r = d / y
    ratio += r + ratio * r
    y += 1
  }
  return stirlingDelta(y, d) - Math.log1p(ratio)
}

function stirlingDelta(x: number, d: number): number {
  const r = d / x
  const growth = r < -0.5 || r > 1 ? Math.log((x + d) / x) : Math.log1p(r)
  return (x - 0.5) * growth + d * (Math.log(x + d) - 1) + stirlingRemainderDelta(x, d)
}

/** digamma(x + d) - digamma(x) for x > 0, x + d > 0: the derivative of logGammaDelta in x (its derivative in d is digamma(x + d)). */
export function digammaDelta(x: number, d: number): number {
  if (!(x >= 0 && x + d >= 0)) return NaN
  if (d === 0) return 0
  if (x === Infinity) return d > -Infinity ? 0 : NaN
  if (d > x || d < -0.5 * x) return digamma(x + d) - digamma(x)
  let y = x
  let steps = 0
  while (y + d < STIRLING_START || y < STIRLING_START) {
    steps += d / y / (y + d)
    y += 1
  }
  return steps + Math.log1p(d / y) - logMinusDigammaDelta(y, d)
}

/** log B(a, b) = lgamma(a) + lgamma(b) - lgamma(a + b) for a, b > 0. */
export function lbeta(a: number, b: number): number {
  const p = a < b ? a : b
  const q = a < b ? b : a
  if (!(p >= 0)) return NaN
  if (p === 0) return q === Infinity ? NaN : Infinity
  if (q === Infinity) return -Infinity
  if (p >= STIRLING_START) {
    const r = p / q
    return (
      -0.5 * Math.log(q) +
      HALF_LOG_2_PI +
      stirlingRemainder(p) +
      stirlingRemainder(q) -
      stirlingRemainder(p + q) +
      (p - 0.5) * Math.log(r / (1 + r)) -
      q * Math.log1p(r)
    )
  }
  return lgamma(p) - logGammaDelta(q, p)
}

/** Log of the binomial coefficient, for real 0 <= k <= n; -Infinity for k outside (no such choice). */
export function lchoose(n: number, k: number): number {
  if (k < 0 || k > n) return -Infinity
  const smaller = k < n - k ? k : n - k
  if (smaller === 0) return 0
  if (smaller < STIRLING_START) return logGammaDelta(n - smaller + 1, smaller) - lgamma(smaller + 1)
  return -Math.log1p(n) - lbeta(smaller + 1, n - smaller + 1)
}
