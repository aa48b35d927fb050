/**
 * Logarithms of sums and differences of exponentials, and the logistic function, without overflow or cancellation.
 *
 * Source: Mächler (2012), Accurately computing log(1 - exp(-|a|)), vignette of the R package Rmpfr.
 */

/** log(1 + exp(x)), the softplus function. */
export function log1pExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))
}

/** log(1 - exp(x)) for x <= 0, accurate at both ends; -Infinity at 0, NaN for x > 0. */
export function log1mExp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x))
}

/** 1 / (1 + exp(-x)). */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const e = Math.exp(x)
  return e / (1 + e)
}

/** log(p / (1 - p)) for p in [0, 1], accurate near 0, 1/2 and as near 1 as p itself is. */
export function logit(p: number): number {
  if (p < 0.25) return Math.log(p) - Math.log1p(-p)
  if (p > 0.75) return Math.log(p / (1 - p))
  return Math.log1p((2 * (p - 0.5)) / (1 - p))
}

/** log(logistic(x)). */
export function logLogistic(x: number): number {
  return -log1pExp(-x)
}

/** log(exp(a) + exp(b)). */
export function logAddExp(a: number, b: number): number {
  if (a === b) return a + Math.LN2
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b))
}

/** log(exp(a) - exp(b)) for a >= b; NaN for a < b. */
export function logSubExp(a: number, b: number): number {
  if (a === b) return a === Infinity ? NaN : -Infinity
  return a + log1mExp(b - a)
}
