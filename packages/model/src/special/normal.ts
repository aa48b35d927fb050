/**
 * Distribution function of the standard normal and its logarithm, in both tails.
 *
 * Everything rests on the scaled complementary error function: Phi(x) = exp(-x^2/2) erfcx(-x / sqrt 2) / 2 (DLMF 7.2, 7.18).
 */
import { normalQuantile } from '@chorale/diagnostics'
import { erf, erfcx } from './erf.js'
import { expMinusHalfSquare } from './exp-square.js'

export { normalQuantile }

/** sqrt(2 / pi). */
const ROOT_2_BY_PI = 0.7978845608028654

/** Phi(x). */
export function normalCdf(x: number): number {
  if (x > -0.7 && x < 0.7) return 0.5 + 0.5 * erf(x * Math.SQRT1_2)
  if (x < 0) return upperTail(-x)
  return 1 - upperTail(x)
}

/** log Phi(x), relatively accurate everywhere: log1p of the other tail above 0, the scaled tail below. */
export function logNormalCdf(x: number): number {
  if (x >= -0.7) return Math.log1p(-normalCdf(-x))
  return -0.5 * x * x + Math.log(0.5 * erfcx(-x * Math.SQRT1_2))
}

/** phi(x) / Phi(x), the inverse Mills ratio, which is the derivative of logNormalCdf. */
export function logNormalCdfDerivative(x: number): number {
  if (x < 0) return ROOT_2_BY_PI / erfcx(-x * Math.SQRT1_2)
  return (0.5 * ROOT_2_BY_PI * expMinusHalfSquare(x)) / normalCdf(x)
}

function upperTail(x: number): number {
  return 0.5 * expMinusHalfSquare(x) * erfcx(x * Math.SQRT1_2)
}
