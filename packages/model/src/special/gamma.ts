/**
 * Logarithm of the gamma function and its derivatives for positive arguments.
 *
 * Below 10: polynomials interpolating at Chebyshev points (fitted at 60 digits) on an interval of length 1, reached by the recurrence;
 * from 10 on: Stirling's series (DLMF 5.5.1, 5.11.1, 5.11.2, 5.15.8). NaN for negative arguments, the limit at 0 and Infinity.
 */
import { polynomial } from './polynomial.js'
import { logMinusDigamma, STIRLING_START, stirlingRemainder } from './stirling.js'

/** log(2 pi) / 2. */
export const HALF_LOG_2_PI = 0.9189385332046728

/** lgamma(2 + w) / w for |w| <= 1/2. */
const LOG_GAMMA_FROM_2 = [
  0.42278433509846713, 0.32246703342411326, -0.06735230105319814, 0.020580808427780335, -0.007385551028668096, 0.002890510331036772,
  -0.0011927539120033873, 0.0005096695153484373, -0.00022315475069647703, 9.945767440096764e-5, -4.492635166770342e-5,
  2.0505584372896933e-5, -9.438454884054723e-6, 4.3847319318293745e-6, -2.044935323180052e-6, 9.199898075671394e-7, -4.303234692956732e-7,
  2.7880013392491846e-7, -1.341570273460026e-7,
]
/** digamma(3/2 + t) / (3/2 + t - root) for |t| <= 1/2. */
const DIGAMMA_BY_ROOT = [
  0.9510558760318328, -0.42362742128146047, 0.24054248424078736, -0.14840492305391872, 0.09498872445282817, -0.06192213327154086,
  0.040760833944741226, -0.026975796849870903, 0.01790724819228875, -0.011908215022954471, 0.007927024136843637, -0.005280020264450306,
  0.0035180792717028125, -0.0023446244638506528, 0.0015635739915515125, -0.0010424375640517788, 0.0006899428514219089,
  -0.00045917430083105225, 0.00032689316473621455, -0.00022008418201681154, 9.158816882117e-5, -5.76048865255672e-5, 0.00012241591000024265,
  -8.401289563760489e-5,
]
/** The positive root of digamma in two doubles. */
const ROOT_HIGH = 1.4616321449683622
const ROOT_LOW = 9.549995429965697e-17
/** B(2k). */
const BERNOULLI = [
  0.16666666666666666, -0.03333333333333333, 0.023809523809523808, -0.03333333333333333, 0.07575757575757576, -0.2531135531135531,
  1.1666666666666667, -7.092156862745098, 54.971177944862156,
]

/** log Gamma(x), x > 0. */
export function lgamma(x: number): number {
  if (x >= STIRLING_START) {
    if (x === Infinity) return x
    return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_2_PI - 0.5) + stirlingRemainder(x)
  }
  if (x < 0.5) return x < 0 ? NaN : lgamma1p(x) - Math.log(x)
  if (x < 1.5) return lgamma1p(x - 1)
  let y = x
  let product = 1
  while (y >= 2.5) {
    y -= 1
    product *= y
  }
  const w = y - 2
  const rest = w * polynomial(LOG_GAMMA_FROM_2, w)
  return product === 1 ? rest : Math.log(product) + rest
}

/** log Gamma(1 + w) for |w| <= 1/2, accurate relative to w. */
function lgamma1pNearZero(w: number): number {
  return w * polynomial(LOG_GAMMA_FROM_2, w) - Math.log1p(w)
}

/** log Gamma(1 + w), w > -1, accurate for small w. */
export function lgamma1p(w: number): number {
  return w <= 0.5 && w >= -0.5 ? lgamma1pNearZero(w) : lgamma(1 + w)
}

/** Derivative of lgamma, x > 0. */
export function digamma(x: number): number {
  if (x >= STIRLING_START) return Math.log(x) - logMinusDigamma(x)
  if (x <= 0) return x === 0 ? -Infinity : NaN
  if (x < 1) return byRoot(x + 1) - 1 / x
  if (x <= 2) return byRoot(x)
  if (x <= 3) return byRoot(x - 1) + 1 / (x - 1)
  let y = x
  let steps = 0
  while (y < STIRLING_START) {
    steps += 1 / y
    y += 1
  }
  return Math.log(y) - logMinusDigamma(y) - steps
}

/** digamma on [1, 2], as a multiple of the distance from its root. */
function byRoot(x: number): number {
  return (x - ROOT_HIGH - ROOT_LOW) * polynomial(DIGAMMA_BY_ROOT, x - 1.5)
}

/** Derivative of digamma, x > 0. */
export function trigamma(x: number): number {
  if (x < 0) return NaN
  let y = x
  let steps = 0
  while (y < STIRLING_START) {
    steps += 1 / (y * y)
    y += 1
  }
  const u = 1 / y
  return steps + u * (1 + u * (0.5 + u * polynomial(BERNOULLI, u * u)))
}
