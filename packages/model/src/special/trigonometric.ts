/**
 * Inverse trigonometric and hyperbolic functions from portable parts (the engine's own differ in the last bits between versions).
 *
 * Source: atan after fdlibm s_atan.c (Sun Microsystems 1993): reduction to |x| < 7/16 around 0, 1/2, 1, 3/2 and infinity, then an odd polynomial;
 * the others by DLMF 4.24, 4.38 in forms that do not cancel.
 */
import { polynomial } from './polynomial.js'

const ATAN = [
  3.33333333333329318027e-1, -1.99999999998764832476e-1, 1.42857142725034663711e-1, -1.1111110405462355788e-1, 9.09088713343650656196e-2,
  -7.69187620504482999495e-2, 6.66107313738753120669e-2, -5.83357013379057348645e-2, 4.97687799461593236017e-2, -3.6531572744216915527e-2,
  1.62858201153657823623e-2,
]

/** Arc tangent. */
export function atan(x: number): number {
  const size = Math.abs(x)
  if (size < 0.4375) return x - tail(x)
  let value: number
  if (size < 0.6875) value = around(4.63647609000806093515e-1, 2.26987774529616870924e-17, (2 * size - 1) / (2 + size))
  else if (size < 1.1875) value = around(7.85398163397448278999e-1, 3.06161699786838301793e-17, (size - 1) / (size + 1))
  else if (size < 2.4375) value = around(9.82793723247329054082e-1, 1.39033110312309984516e-17, (size - 1.5) / (1 + 1.5 * size))
  else value = around(1.570796326794896558, 6.12323399573676603587e-17, -1 / size)
  return x < 0 ? -value : value
}

function tail(t: number): number {
  const s = t * t
  return t * s * polynomial(ATAN, s)
}

function around(high: number, low: number, t: number): number {
  return high - (tail(t) - low - t)
}

/** Arc sine; NaN outside [-1, 1]. */
export function asin(x: number): number {
  return atan(x / Math.sqrt((1 - x) * (1 + x)))
}

/** Arc cosine; NaN outside [-1, 1]. */
export function acos(x: number): number {
  return 2 * atan(Math.sqrt((1 - x) / (1 + x)))
}

/** Hyperbolic sine. */
export function sinh(x: number): number {
  const size = Math.abs(x)
  if (size < 22) {
    const t = Math.expm1(size)
    const value = 0.5 * (t + t / (t + 1))
    return x < 0 ? -value : value
  }
  const value = halfExp(size)
  return x < 0 ? -value : value
}

/** Hyperbolic cosine. */
export function cosh(x: number): number {
  const size = Math.abs(x)
  if (size < 22) {
    const e = Math.exp(size)
    return 0.5 * (e + 1 / e)
  }
  return halfExp(size)
}

/** exp(x) / 2 up to where it overflows itself. */
function halfExp(x: number): number {
  if (x < 709) return 0.5 * Math.exp(x)
  const root = Math.exp(0.5 * x)
  return 0.5 * root * root
}

/** Inverse hyperbolic sine. */
export function asinh(x: number): number {
  const size = Math.abs(x)
  const value = size > 1e8 ? Math.log(size) + Math.LN2 : Math.log1p(size + (size * size) / (1 + Math.sqrt(1 + size * size)))
  return x < 0 ? -value : value
}

/** Inverse hyperbolic cosine; NaN below 1. */
export function acosh(x: number): number {
  if (x > 1e8) return Math.log(x) + Math.LN2
  const t = x - 1
  return Math.log1p(t + Math.sqrt(t * (2 + t)))
}

/** Inverse hyperbolic tangent; NaN outside [-1, 1]. */
export function atanh(x: number): number {
  const size = Math.abs(x)
  const value = 0.5 * Math.log1p((2 * size) / (1 - size))
  return x < 0 ? -value : value
}
