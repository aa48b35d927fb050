/**
 * Logarithms of the regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x), with their derivatives, in both tails.
 *
 * The tail that does not cancel is computed, the other is its complement. With F = x^a e^-x / Gamma(a):
 *   a >= 30           the integral from the end point outwards on the log scale, t = x e^u (Gauss-Legendre);
 *   a < 1, x < 1.5    Q = 1 - x^a / Gamma(1 + a) - ... with expm1 (DLMF 8.7.1; Gautschi 1979, A computational procedure for incomplete gamma functions);
 *   x < a + 1         P = F/a (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...) (DLMF 8.11.4);
 *   otherwise         Q = F times Legendre's continued fraction (DLMF 8.9.2), modified Lentz.
 * Derivatives in a come from the same sums and fractions carried on dual numbers (Moore 1982, Algorithm AS 187, differentiates them term by term).
 * Accuracy was tested for a in [1e-3, 1e5] and x from far below to far above a (test/special).
 */
import { deviation, logGrowth } from './deviation.js'
import { digamma, HALF_LOG_2_PI, lgamma, lgamma1p } from './gamma.js'
import { LEGENDRE_NODES, LEGENDRE_WEIGHTS } from './gauss-legendre.js'
import { log1mExp } from './log-exp.js'
import { logMinusDigamma, STIRLING_START, stirlingRemainder } from './stirling.js'

const QUADRATURE_START = 30

// The last arguments and their results: value and derivatives are asked for one after the other.
let lastA = NaN
let lastX = NaN
let logP = NaN
let logQ = NaN
let logPDa = NaN
let logQDa = NaN
let logPDx = NaN
let logQDx = NaN

// Value and derivative in a of what the last sum or fraction gave.
let part = 0
let partDa = 0

/** log P(a, x), a > 0, x >= 0. */
export function logGammaP(a: number, x: number): number {
  evaluate(a, x)
  return logP
}

/** log Q(a, x), a > 0, x >= 0. */
export function logGammaQ(a: number, x: number): number {
  evaluate(a, x)
  return logQ
}

/** Derivative of log P(a, x) in a. */
export function logGammaPDa(a: number, x: number): number {
  evaluate(a, x)
  return logPDa
}

/** Derivative of log Q(a, x) in a. */
export function logGammaQDa(a: number, x: number): number {
  evaluate(a, x)
  return logQDa
}

/** Derivative of log P(a, x) in x: x^(a-1) e^-x / (Gamma(a) P(a, x)). */
export function logGammaPDx(a: number, x: number): number {
  evaluate(a, x)
  return logPDx
}

/** Derivative of log Q(a, x) in x: -x^(a-1) e^-x / (Gamma(a) Q(a, x)). */
export function logGammaQDx(a: number, x: number): number {
  evaluate(a, x)
  return logQDx
}

function evaluate(a: number, x: number): void {
  if (a === lastA && x === lastX) return
  lastA = a
  lastX = x
  if (!(a > 0 && x >= 0 && a < Infinity)) setLower(NaN, NaN, NaN)
  else if (x === 0) atZero(a)
  else if (x === Infinity) setUpper(-Infinity, Infinity, -1)
  else if (a >= QUADRATURE_START) {
    const lower = x <= a
    integrateOutwards(a, x, lower)
    const value = logFront(a, x) + Math.log(part)
    const derivative = logFrontDa(a, x) + partDa
    if (lower) setLower(value, derivative, 1 / (part * x))
    else setUpper(value, derivative, -1 / (part * x))
  } else if (a < 1 && x < 1.5) smallShape(a, x)
  else if (x < a + 1) {
    series(a, x)
    setLower(logFront(a, x) - Math.log(a) + Math.log(part), Math.log(x) - digamma(a + 1) + partDa, a / (part * x))
  } else {
    fraction(a, x)
    setUpper(logFront(a, x) + Math.log(part), logFrontDa(a, x) + partDa, -1 / (part * x))
  }
}

function atZero(a: number): void {
  setLower(-Infinity, -Infinity, Infinity)
  logQDx = a > 1 ? 0 : a < 1 ? -Infinity : -1
}

/** Takes log P and its derivatives, and completes log Q. */
function setLower(value: number, da: number, dx: number): void {
  logP = value
  logPDa = da
  logPDx = dx
  logQ = log1mExp(value)
  const odds = Math.exp(value - logQ)
  logQDa = odds === 0 ? 0 : -odds * da
  logQDx = odds === 0 ? 0 : -odds * dx
}

/** Takes log Q and its derivatives, and completes log P. */
function setUpper(value: number, da: number, dx: number): void {
  logQ = value
  logQDa = da
  logQDx = dx
  logP = log1mExp(value)
  const odds = Math.exp(value - logP)
  logPDa = odds === 0 ? 0 : -odds * da
  logPDx = odds === 0 ? 0 : -odds * dx
}

/** log(x^a e^-x / Gamma(a)). */
function logFront(a: number, x: number): number {
  if (a < STIRLING_START) return a * Math.log(x) - x - lgamma(a)
  return 0.5 * Math.log(a) - HALF_LOG_2_PI - stirlingRemainder(a) - deviation(a, x - a, x)
}

/** Derivative of logFront in a: log x - digamma(a). */
function logFrontDa(a: number, x: number): number {
  if (a < STIRLING_START) return Math.log(x) - digamma(a)
  return logGrowth(a, x - a, x) + logMinusDigamma(a)
}

/** P/F or Q/F as the integral of exp(a u - x (e^u - 1)) over u < 0 or u > 0, and the mean of u, which is the derivative of its logarithm. */
function integrateOutwards(a: number, x: number, lower: boolean): void {
  const slope = Math.abs(x - a)
  let end = 80 / (slope + Math.sqrt(slope * slope + 80 * x))
  if (lower) {
    // The integrand falls more slowly than the parabola on this side; Newton's method on a convex function ends beyond the root.
    for (let i = 0; i < 4; i++) end -= (a * end + x * Math.expm1(-end) - 40) / (a - x * Math.exp(-end))
  }
  const sign = lower ? -1 : 1
  let sum = 0
  let moment = 0
  for (let i = 0; i < LEGENDRE_NODES.length; i++) {
    const u = sign * end * LEGENDRE_NODES[i]
    const weight = LEGENDRE_WEIGHTS[i] * Math.exp(a * u - x * Math.expm1(u))
    sum += weight
    moment += weight * u
  }
  part = end * sum
  partDa = moment / sum
}

/** 1 + x/(a+1) + x^2/((a+1)(a+2)) + ... and the derivative of its logarithm. */
function series(a: number, x: number): void {
  let term = 1
  let termDa = 0
  let sum = 1
  let sumDa = 0
  for (let n = 1; n < 1000; n++) {
    const inverse = 1 / (a + n)
    const ratio = x * inverse
    termDa = (termDa - term * inverse) * ratio
    term *= ratio
    sum += term
    sumDa += termDa
    if (term < 1e-17 * sum && -termDa < -1e-17 * sumDa) break
  }
  part = sum
  partDa = sumDa / sum
}

/** Both tails for a < 1 and moderate x. */
function smallShape(a: number, x: number): void {
  let power = 1
  let sum = 0
  let sumDa = 0
  for (let n = 1; n < 60; n++) {
    power *= -x / n
    const inverse = 1 / (a + n)
    const term = power * inverse
    sum += term
    sumDa -= term * inverse
    if (Math.abs(term) < 1e-18) break
  }
  const logFirst = a * Math.log(x) - lgamma1p(a)
  const first = Math.exp(logFirst)
  const lower = first * (1 + a * sum)
  const lowerDa = lower * (Math.log(x) - digamma(1 + a)) + first * (sum + a * sumDa)
  const upper = -Math.expm1(logFirst) - first * a * sum
  // a x^(a-1) e^-x / Gamma(1 + a), the density.
  const density = (a * first * Math.exp(-x)) / x
  if (lower < 0.5) setLower(logFirst + Math.log1p(a * sum), lowerDa / lower, density / lower)
  else setUpper(Math.log(upper), -lowerDa / upper, -density / upper)
}

/** Legendre's continued fraction Q/F and the derivative of its logarithm. */
function fraction(a: number, x: number): void {
  let b = x + 1 - a
  let c = 1e300
  let cDa = 0
  let d = 1 / b
  let dDa = d * d
  part = d
  partDa = d
  for (let n = 1; n < 5000; n++) {
    const numerator = n * (a - n)
    b += 2
    const cInverse = 1 / c
    cDa = -1 + (n - numerator * cInverse * cDa) * cInverse
    c = b + numerator * cInverse
    const bottomDa = n * d + numerator * dDa - 1
    d = 1 / (numerator * d + b)
    dDa = -bottomDa * d * d
    const step = c * d
    const stepDa = cDa / c + dDa / d
    part *= step
    partDa += stepDa
    // A whole-number a ends the fraction but not its derivative.
    if (Math.abs(step - 1) < 4e-16 && Math.abs(stepDa) <= 4e-16 * Math.abs(partDa)) return
  }
}
