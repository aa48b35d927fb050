import { normalQuantile } from './normal-quantile.js'
import { deviance, stirlingError } from './saddle-point.js'

/**
 * Quantile at p in [0, 1] of the beta distribution with shapes a, b >= 1; NaN outside. Newton's method on the distribution function, kept in a bracket.
 */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1 && a >= 1 && b >= 1 && a < Infinity && b < Infinity)) return NaN
  if (p === 0 || p === 1) return p
  let low = 0
  let high = 1
  const center = a / (a + b)
  let x = center + normalQuantile(p) * Math.sqrt((center * (1 - center)) / (a + b + 1))
  if (!(x > 0 && x < 1)) x = center
  for (let step = 0; step < 200; step++) {
    const { probability, density } = betaDistribution(x, a, b)
    if (probability < p) low = x
    else high = x
    let next = x - (probability - p) / density
    if (!(next > low && next < high)) next = (low + high) / 2
    if (Math.abs(next - x) <= 2 * Number.EPSILON * x) return next
    x = next
  }
  return x
}

/** Distribution function and density at 0 < x < 1. */
export function betaDistribution(x: number, a: number, b: number): { probability: number; density: number } {
  const n = a + b
  const y = 1 - x
  // x^a (1-x)^b / B(a, b), as a binomial probability with real arguments.
  const front =
    Math.exp(stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y)) *
    Math.sqrt((a * b) / (2 * Math.PI * n))
  const lower = x < (a + 1) / (n + 2)
  const tail = lower ? (front * fraction(x, a, b)) / a : (front * fraction(y, b, a)) / b
  return { probability: lower ? tail : 1 - tail, density: front / (x * y) }
}

/** Continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8), modified Lentz. */
function fraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; ; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / (1 + even * d)
    c = 1 + even / c
    value *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / (1 + odd * d)
    c = 1 + odd / c
    value *= c * d
    if (!(Math.abs(c * d - 1) > 1e-16)) return value
  }
}
