/**
 * x to the power y, and the cube root, with the same bits on every platform.
 *
 * x = 2^e m with m in [sqrt(1/2), sqrt 2); log m = 2 atanh((m - 1)/(m + 1)) in double-double arithmetic, then one correctly rounded product with y
 * and one exponential: below 2 units in the last place. Squares, cubes and fourth powers are multiplied.
 * Source: Dekker (1971), A floating-point technique for extending the available precision; the atanh series is DLMF 4.6.4.
 */
import { polynomial } from './polynomial.js'
import { SPLITTER } from './splitter.js'

const SQRT_2 = 1.4142135623730951
/** log 2 in two parts: the first has 32 bits, so that its products with exponents are exact. */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
/** 2/3, 2/5 in two doubles, then 2/7, 2/9, ... */
const TWO_THIRDS_LOW = 3.700743415417188e-17
const TWO_FIFTHS_LOW = -2.220446049250313e-17
const ATANH_TAIL = [2 / 7, 2 / 9, 2 / 11, 2 / 13, 2 / 15, 2 / 17, 2 / 19, 2 / 21, 2 / 23, 2 / 25, 2 / 27, 2 / 29]

const cell = new Float64Array(1)
const words = new Uint32Array(cell.buffer)
const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0

let logHigh = 0
let logLow = 0
let productLow = 0

/** x^y with the special cases of ECMAScript's exponentiation. */
export function pow(x: number, y: number): number {
  if (y === 2) return x * x
  if (y === 1) return x
  if (y === 0) return 1
  if (y === 0.5 && x > 0) return Math.sqrt(x)
  if (y === -1) return 1 / x
  if (y === 3) return x * x * x
  if (y === 4) return x * x * (x * x)
  if (x > 0) {
    if (x === Infinity) return y > 0 ? Infinity : y < 0 ? 0 : NaN
    return positivePower(x, y)
  }
  if (x !== x || y !== y) return NaN
  const odd = isOdd(y)
  if (x === 0 || x === -Infinity) {
    const value = y > 0 === (x === 0) ? 0 : Infinity
    return odd && (x < 0 || 1 / x < 0) ? -value : value
  }
  if (Math.floor(y) !== y) return NaN
  const value = positivePower(-x, y)
  return odd ? -value : value
}

/** Cube root. */
export function cbrt(x: number): number {
  const size = Math.abs(x)
  if (size === 0 || size === Infinity || x !== x) return x
  const estimate = positivePower(size, 1 / 3)
  // 1/3 is not a double: one step of Newton's method takes the error of the exponent out.
  const value = estimate - (estimate - size / (estimate * estimate)) / 3
  return x < 0 ? -value : value
}

function isOdd(y: number): boolean {
  return Math.floor(y) === y && Math.abs(y) < 9007199254740992 && y % 2 !== 0
}

/** Finite x > 0. */
function positivePower(x: number, y: number): number {
  const size = Math.abs(y)
  if (!(size < 1e20)) {
    if (x === 1) return size < Infinity ? 1 : NaN
    return y !== y ? NaN : x > 1 === y > 0 ? Infinity : 0
  }
  logarithm(x)
  const high = twoProduct(logHigh, y)
  const low = productLow + logLow * y
  const sum = high + low
  if (sum > 800 || sum < -800) return sum > 0 ? Infinity : 0
  return Math.exp(sum) * (1 + (high - sum + low))
}

/** Puts log x into logHigh + logLow, to about 2^-68 relative to log x. */
function logarithm(x: number): void {
  let exponent = 0
  cell[0] = x
  if (x < 2.2250738585072014e-308) {
    cell[0] = x * 18014398509481984
    exponent = -54
  }
  const top = words[HIGH_WORD]
  exponent += (top >>> 20) - 1023
  words[HIGH_WORD] = (top & 0x000fffff) | 0x3ff00000
  let m = cell[0]
  if (m > SQRT_2) {
    m *= 0.5
    exponent += 1
  }
  const numerator = m - 1
  const denominator = m + 1
  // m + 1 = denominator + remainder exactly.
  const remainder = m < 1 ? m - (denominator - 1) : 1 - (denominator - m)
  const s = numerator / denominator
  const back = twoProduct(s, denominator)
  const sLow = (numerator - back - productLow - s * remainder) / denominator
  const t = twoProduct(s, s)
  const tLow = productLow + 2 * s * sLow
  // inner = 2/3 + t (2/5 + t tail)
  const tail = t * polynomial(ATANH_TAIL, t)
  let high = 2 / 5 + tail
  let low = 2 / 5 - high + tail + TWO_FIFTHS_LOW
  let p = twoProduct(high, t)
  let pLow = productLow + high * tLow + low * t
  high = 2 / 3 + p
  low = 2 / 3 - high + p + pLow + TWO_THIRDS_LOW
  // log m = 2 s + s t inner
  p = twoProduct(high, t)
  pLow = productLow + high * tLow + low * t
  const q = twoProduct(p, s)
  const qLow = productLow + p * sLow + pLow * s
  high = 2 * s + q
  low = 2 * s - high + q + (qLow + 2 * sLow)
  const shift = exponent * LN2_HIGH
  logHigh = shift + high
  const shifted = logHigh - shift
  logLow = shift - (logHigh - shifted) + (high - shifted) + (low + exponent * LN2_LOW)
}

/** a b rounded; its rounding error goes into productLow. */
function twoProduct(a: number, b: number): number {
  const p = a * b
  const ca = SPLITTER * a
  const ah = ca - (ca - a)
  const al = a - ah
  const cb = SPLITTER * b
  const bh = cb - (cb - b)
  const bl = b - bh
  productLow = ah * bh - p + ah * bl + al * bh + al * bl
  return p
}
