/**
 * Logarithm of the modified Bessel function I0 and the ratio I1/I0, for the von Mises distribution.
 *
 * Below 20 the power series (DLMF 10.25.2) and Gauss' continued fraction of the ratio (DLMF 10.33.1), from 20 on the expansion for large arguments (DLMF 10.40.1).
 */
import { HALF_LOG_2_PI } from './gamma.js'

const LARGE = 20

/** log I0(x); even in x, relatively accurate near 0. */
export function logBesselI0(x: number): number {
  const size = Math.abs(x)
  if (size >= LARGE) return size === Infinity ? size : size - 0.5 * Math.log(size) - HALF_LOG_2_PI + Math.log(expansion(size, 0))
  const q = 0.25 * size * size
  let term = q
  let sum = q
  for (let k = 2; term > 1e-17 * sum; k++) {
    term *= q / (k * k)
    sum += term
  }
  return size === size ? Math.log1p(sum) : NaN
}

/** I1(x) / I0(x), the derivative of logBesselI0; odd in x, at most 1. */
export function besselI1OverI0(x: number): number {
  const size = Math.abs(x)
  if (size >= LARGE) {
    const ratio = size === Infinity ? 1 : expansion(size, 4) / expansion(size, 0)
    return x < 0 ? -ratio : ratio
  }
  const s = x * x
  let value = 0
  for (let k = 30; k >= 1; k--) value = s / (2 * k + 2 + value)
  return x / (2 + value)
}

/** sqrt(2 pi x) exp(-x) I(x) of the order whose four-fold square is given. */
function expansion(x: number, fourOrderSquared: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; k < 40; k++) {
    const odd = 2 * k - 1
    term *= (odd * odd - fourOrderSquared) / (8 * k * x)
    sum += term
    if (Math.abs(term) < 1e-17) break
  }
  return sum
}
