/**
 * What Stirling's formula leaves out of log-gamma and digamma for large arguments, and how it changes with the argument:
 * the pieces from which differences of log-gamma functions are put together without cancellation.
 *
 * Source: DLMF 5.11.1 and 5.11.2. Needs x >= 10 for full precision.
 */
import { polynomial } from './polynomial.js'

/** Below this the asymptotic series lose digits; smaller arguments climb by the recurrence of the gamma function. */
export const STIRLING_START = 10

/** B(2k) / (2k (2k - 1)). */
const LOG_GAMMA = [
  0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953, 0.0008417508417508417, -0.0019175269175269176,
  0.00641025641025641, -0.029550653594771242,
]
/** B(2k) / (2k). */
const DIGAMMA = [
  0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667, 0.007575757575757576, -0.021092796092796094,
  0.08333333333333333, -0.4432598039215686,
]

/** lgamma(x) - ((x - 1/2) log x - x + log(2 pi)/2). */
export function stirlingRemainder(x: number): number {
  const u = 1 / x
  return u * polynomial(LOG_GAMMA, u * u)
}

/** stirlingRemainder(x + d) - stirlingRemainder(x), accurate for small d. */
export function stirlingRemainderDelta(x: number, d: number): number {
  const u = 1 / x
  const v = 1 / (x + d)
  const step = -d * u * v
  return step * (polynomial(LOG_GAMMA, v * v) + u * (v + u) * dividedDifference(LOG_GAMMA, u * u, v * v))
}

/** log x - digamma(x). */
export function logMinusDigamma(x: number): number {
  const u = 1 / x
  return u * (0.5 + u * polynomial(DIGAMMA, u * u))
}

/** logMinusDigamma(x + d) - logMinusDigamma(x), accurate for small d. */
export function logMinusDigammaDelta(x: number, d: number): number {
  const u = 1 / x
  const v = 1 / (x + d)
  const s = u * u
  const t = v * v
  return -d * u * v * (0.5 + (u + v) * (polynomial(DIGAMMA, t) + s * dividedDifference(DIGAMMA, s, t)))
}

/** (p(t) - p(s)) / (t - s) of a polynomial p. */
function dividedDifference(coefficients: readonly number[], s: number, t: number): number {
  let value = 0
  let slope = 0
  for (let i = coefficients.length - 1; i >= 0; i--) {
    slope = slope * t + value
    value = value * s + coefficients[i]
  }
  return slope
}
