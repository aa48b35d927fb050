/** exp(-x^2 / 2) and exp(-x^2) without the error that rounding x^2 would bring into the exponent. */
import { SPLITTER } from './splitter.js'

/** exp(-x^2). */
export function expMinusSquare(x: number): number {
  if (!(Math.abs(x) < 40)) return x === x ? 0 : NaN
  const c = SPLITTER * x
  const high = c - (c - x)
  const low = x - high
  return Math.exp(-(high * high)) * Math.exp(-low * (high + x))
}

/** exp(-x^2 / 2). */
export function expMinusHalfSquare(x: number): number {
  if (!(Math.abs(x) < 40)) return x === x ? 0 : NaN
  const c = SPLITTER * x
  const high = c - (c - x)
  const low = x - high
  return Math.exp(-0.5 * (high * high)) * Math.exp(-0.5 * low * (high + x))
}
