/**
 * Log probability of an interval under the standard normal distribution, for truncation: accurate for narrow intervals and far tails, where
 * the difference of two values of the distribution function has no digit left.
 *
 * Narrow intervals are integrated (Gauss-Legendre); others are differences of scaled tails (DLMF 7.2) that no longer cancel.
 */
import { erfcx } from './erf.js'
import { expMinusHalfSquare } from './exp-square.js'
import { HALF_LOG_2_PI } from './gamma.js'
import { LEGENDRE_NODES, LEGENDRE_WEIGHTS } from './gauss-legendre.js'
import { logNormalCdf, logNormalCdfDerivative, normalCdf } from './normal.js'

/** sqrt(pi / 2). */
const ROOT_HALF_PI = 1.2533141373155003

/** log(Phi(b) - Phi(a)) for a <= b; -Infinity for a = b, NaN for a > b. */
export function logNormalInterval(a: number, b: number): number {
  if (!(a <= b)) return NaN
  if (a === b) return -Infinity
  if (a === -Infinity) return logNormalCdf(b)
  if (b === Infinity) return logNormalCdf(-a)
  if (a + b > 0) return logNormalInterval(-b, -a)
  if (b > 0 && !isNarrow(a, b)) return Math.log1p(-(normalCdf(a) + normalCdf(-b)))
  return -0.5 * b * b - HALF_LOG_2_PI + Math.log(intervalByDensity(a, b))
}

/** Derivative of logNormalInterval in a: -phi(a) / (Phi(b) - Phi(a)). */
export function logNormalIntervalDa(a: number, b: number): number {
  return -logNormalIntervalDb(-b, -a)
}

/** Derivative of logNormalInterval in b: phi(b) / (Phi(b) - Phi(a)). */
export function logNormalIntervalDb(a: number, b: number): number {
  if (!(a <= b)) return NaN
  if (a === b) return Infinity
  if (b === Infinity) return 0
  if (a === -Infinity) return logNormalCdfDerivative(b)
  if (a + b > 0) {
    const ratio = 0.5 * (b - a) * (a + b)
    if (a < 0 && !isNarrow(a, b)) return expMinusHalfSquare(b) / (2 * ROOT_HALF_PI) / (1 - normalCdf(a) - normalCdf(-b))
    return Math.exp(-ratio) / intervalByDensity(-b, -a)
  }
  if (b > 0 && !isNarrow(a, b)) return expMinusHalfSquare(b) / (2 * ROOT_HALF_PI) / (1 - normalCdf(a) - normalCdf(-b))
  return 1 / intervalByDensity(a, b)
}

function isNarrow(a: number, b: number): boolean {
  return b - a <= 1 && (b - a) * -(a + b) <= 8
}

/** (Phi(b) - Phi(a)) / phi(b) for a < b, |b| <= |a|; b <= 0 unless the interval is narrow. */
function intervalByDensity(a: number, b: number): number {
  const width = b - a
  if (isNarrow(a, b)) {
    let sum = 0
    for (let i = 0; i < LEGENDRE_NODES.length; i++) {
      const s = width * LEGENDRE_NODES[i]
      sum += LEGENDRE_WEIGHTS[i] * Math.exp(s * (b - 0.5 * s))
    }
    return width * sum
  }
  const fall = Math.exp(0.5 * width * (a + b))
  return ROOT_HALF_PI * (erfcx(-b * Math.SQRT1_2) - fall * erfcx(-a * Math.SQRT1_2))
}
