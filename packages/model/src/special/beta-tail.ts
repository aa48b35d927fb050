/**
 * The lower tail of the beta distribution in units of its density at the end point: an integral for large shapes, a continued fraction otherwise,
 * each with the derivatives of its logarithm in a and b. Sources: see incomplete-beta.ts.
 */
import { LEGENDRE_NODES, LEGENDRE_WEIGHTS } from './gauss-legendre.js'

/** Result of the last call below, overwritten by the next: value, and the derivatives of its logarithm. */
export const betaPart = { value: 0.5, da: 0.5, db: 0.5 }

/**
 * I/F for x at d = (a + b) x - a <= 0 below the mean: the integral over v > 0 of exp((a + b) L - a v), L = -log(1 - x (1 - e^-v)), where logit t = logit x - v.
 * The derivatives are the means of L - v and of L.
 */
export function betaIntegral(a: number, b: number, x: number, d: number): void {
  const n = a + b
  const curvature = n * x * (1 - x)
  let end = 80 / (-d + Math.sqrt(d * d + 80 * curvature))
  // Newton's method on a convex function ends beyond the root.
  for (let i = 0; i < 4; i++) {
    const fall = x * Math.expm1(-end)
    end -= (a * end + n * Math.log1p(fall) - 40) / (a - (n * (x + fall)) / (1 + fall))
  }
  let sum = 0
  let momentA = 0
  let momentB = 0
  for (let i = 0; i < LEGENDRE_NODES.length; i++) {
    const v = end * LEGENDRE_NODES[i]
    const l = -Math.log1p(x * Math.expm1(-v))
    const weight = LEGENDRE_WEIGHTS[i] * Math.exp(n * l - a * v)
    sum += weight
    momentA += weight * (l - v)
    momentB += weight * l
  }
  betaPart.value = end * sum
  betaPart.da = momentA / sum
  betaPart.db = momentB / sum
}

/** a I/F for d = (a + b) x - a < 1, y = 1 - x, as the reciprocal of the even part of the continued fraction DLMF 8.17.22, with dual numbers in a and b. */
export function betaFraction(a: number, b: number, x: number, y: number, d: number): void {
  const n = a + b
  const xx = x * x
  let value = (1 - d) / (a + 1)
  let c = value
  let cDa = (y - value) / (a + 1)
  let cDb = -x / (a + 1)
  let inverse = 0
  let inverseDa = 0
  let inverseDb = 0
  let da = cDa / value
  let db = cDb / value
  for (let m = 1; m < 10000; m++) {
    const q = a + 2 * m - 1
    const r = q + 2
    // The factor a of the first numerator is divided out: a + m - 1 = a for m = 1.
    const first = m === 1 ? 1 : a + m - 1
    const perB = (first * (n + m - 1) * m * xx) / (q * q)
    const numerator = perB * (b - m)
    const numeratorDa = numerator * ((m === 1 ? 0 : 1 / first) + 1 / (n + m - 1) - 2 / q)
    const numeratorDb = perB + numerator / (n + m - 1)
    const lead = (m * (b - m) * x) / q
    const rest = 1 - d + m * (1 + y)
    const scale = (a + m) / r
    const denominator = m + lead + scale * rest
    const denominatorDa = (rest * (1 - scale)) / r - lead / q + scale * y
    const denominatorDb = (m * x) / q - scale * x
    const up = 1 / c
    cDa = denominatorDa + (numeratorDa - numerator * up * cDa) * up
    cDb = denominatorDb + (numeratorDb - numerator * up * cDb) * up
    c = denominator + numerator * up
    const bottomDa = denominatorDa + numeratorDa * inverse + numerator * inverseDa
    const bottomDb = denominatorDb + numeratorDb * inverse + numerator * inverseDb
    inverse = 1 / (denominator + numerator * inverse)
    inverseDa = -bottomDa * inverse * inverse
    inverseDb = -bottomDb * inverse * inverse
    const step = c * inverse
    const stepDa = cDa / c + inverseDa / inverse
    const stepDb = cDb / c + inverseDb / inverse
    value *= step
    da += stepDa
    db += stepDb
    // A whole-number b ends the fraction but not its derivative.
    if (Math.abs(step - 1) < 4e-16 && Math.abs(stepDa) <= 4e-16 * Math.abs(da) && Math.abs(stepDb) <= 4e-16 * Math.abs(db)) break
  }
  betaPart.value = 1 / value
  betaPart.da = -da
  betaPart.db = -db
}
