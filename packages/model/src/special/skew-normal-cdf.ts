/**
 * Logarithm of the distribution function of the standard skew normal, Phi(z) - 2 T(z, shape) with Owen's T, in both tails, with its derivatives.
 *
 * On the side away from the skew that difference cancels. There the tail is the integral
 *   G(h, a) = (1/pi) integral from a to infinity of exp(-h^2 (1 + t^2)/2) / (1 + t^2) dt = Phi(-h) - 2 T(h, a), h, a >= 0,
 * by Gauss-Legendre on the part that counts. Source: Azzalini (1985), A class of distributions which includes the normal ones; Owen (1956), eq. 2.1 and 2.3.
 */
import { erf } from './erf.js'
import { LEGENDRE_NODES, LEGENDRE_WEIGHTS } from './gauss-legendre.js'
import { log1mExp } from './log-exp.js'
import { logNormalCdf, normalCdf } from './normal.js'
import { owenT } from './owen-t.js'

const LOG_PI = 1.1447298858494002
/** log 2 - log(2 pi) / 2. */
const LOG_TWICE_PEAK = -0.22579135264472744

/** log P(Z <= z) for a skew normal with location 0, scale 1 and the given shape. */
export function logSkewNormalCdf(z: number, shape: number): number {
  const h = Math.abs(z)
  const a = Math.abs(shape)
  const lightTail = logLightTail(h, a)
  if (z <= 0 === shape >= 0) return z <= 0 ? lightTail : Math.log1p(-Math.exp(lightTail))
  // The other tail is 2 Phi(-h) - G, and G is at most half of the first.
  const twice = Math.LN2 + logNormalCdf(-h)
  const heavyTail = twice + log1mExp(Math.min(lightTail - twice, -Math.LN2))
  if (z <= 0) return heavyTail
  if (heavyTail < -Math.LN2 || a <= 1) return Math.log1p(-Math.exp(heavyTail))
  return Math.log(erf(h * Math.SQRT1_2) * normalCdf(a * h) + 2 * owenT(a * h, 1 / a))
}

/** Derivative of logSkewNormalCdf in z: 2 phi(z) Phi(shape z) / P(Z <= z). */
export function logSkewNormalCdfDz(z: number, shape: number): number {
  return Math.exp(LOG_TWICE_PEAK - 0.5 * z * z + logNormalCdf(shape * z) - logSkewNormalCdf(z, shape))
}

/** Derivative of logSkewNormalCdf in the shape. */
export function logSkewNormalCdfDshape(z: number, shape: number): number {
  const s = 1 + shape * shape
  return -Math.exp(-0.5 * z * z * s - LOG_PI - logSkewNormalCdf(z, shape)) / s
}

/** log G(h, a). */
function logLightTail(h: number, a: number): number {
  if (h < 1 && a * h < 1) {
    if (a <= 1) return Math.log(normalCdf(-h) - 2 * owenT(h, a))
    return Math.log(2 * owenT(a * h, 1 / a) - normalCdf(-a * h) * erf(h * Math.SQRT1_2))
  }
  const square = h * h
  // Where the exponent has fallen by 40.
  const end = 80 / square / (a + Math.sqrt(a * a + 80 / square))
  let sum = 0
  for (let i = 0; i < LEGENDRE_NODES.length; i++) {
    const u = end * LEGENDRE_NODES[i]
    sum += (LEGENDRE_WEIGHTS[i] * Math.exp(-square * u * (a + 0.5 * u))) / (1 + (a + u) * (a + u))
  }
  return -0.5 * square * (1 + a * a) - LOG_PI + Math.log(end * sum)
}
