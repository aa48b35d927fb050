/**
 * Logarithms of the regularised incomplete beta function I_x(a, b) and of its complement, with their derivatives, in both tails.
 *
 * The tail that does not cancel is computed, the other is its complement. With F = x^a (1 - x)^b / B(a, b):
 *   a, b >= 30   the integral from the end point outwards on the logit scale (Gauss-Legendre);
 *   otherwise    F/a times the continued fraction DLMF 8.17.22, its even part (Didonato & Morris 1992, Algorithm 708, BFRAC), modified Lentz.
 * Derivatives in a and b come from the same integral or from the fraction carried on dual numbers
 * (Boik & Robison-Cox 1998, Derivatives of the incomplete beta function, differentiate the same fraction).
 * Accuracy was tested for a, b in [1e-2, 1e4] and x in both tails (test/special);
 * a complement near 0 loses about -log10(a) digits for a shape a below 1e-2, and sizes s above 1e6 about log10(s)/2 digits.
 */
import { betaFraction, betaIntegral, betaPart } from './beta-tail.js'
import { deviation, logGrowth } from './deviation.js'
import { HALF_LOG_2_PI } from './gamma.js'
import { digammaDelta, lbeta } from './gamma-ratio.js'
import { log1mExp } from './log-exp.js'
import { logMinusDigamma, STIRLING_START, stirlingRemainder } from './stirling.js'

const QUADRATURE_START = 30

// The last arguments and their results: value and derivatives are asked for one after the other.
let lastA = NaN
let lastB = NaN
let lastX = NaN
let logI = NaN
let logIDa = NaN
let logIDb = NaN
let logC = NaN
let logCDa = NaN
let logCDb = NaN
let logIDx = NaN
let logCDx = NaN

// The tail below x of Beta(a, b), before it is known which of the two it is.
let tail = 0
let tailDa = 0
let tailDb = 0
let tailDx = 0

/** log I_x(a, b) for a, b > 0 and x in [0, 1]. */
export function logBetaI(a: number, b: number, x: number): number {
  evaluate(a, b, x)
  return logI
}

/** log(1 - I_x(a, b)). */
export function logBetaIc(a: number, b: number, x: number): number {
  evaluate(a, b, x)
  return logC
}

/** Derivative of logBetaI in a. */
export function logBetaIDa(a: number, b: number, x: number): number {
  evaluate(a, b, x)
  return logIDa
}

/** Derivative of logBetaI in b. */
export function logBetaIDb(a: number, b: number, x: number): number {
  evaluate(a, b, x)
  return logIDb
}

/** Derivative of logBetaI in x: x^(a-1) (1-x)^(b-1) / (B(a, b) I). */
export function logBetaIDx(a: number, b: number, x: number): number {
  evaluate(a, b, x)
  return logIDx
}

/** Derivative of logBetaIc in a. */
export function logBetaIcDa(a: number, b: number, x: number): number {
  evaluate(a, b, x)
  return logCDa
}

/** Derivative of logBetaIc in b. */
export function logBetaIcDb(a: number, b: number, x: number): number {
  evaluate(a, b, x)
  return logCDb
}

/** Derivative of logBetaIc in x. */
export function logBetaIcDx(a: number, b: number, x: number): number {
  evaluate(a, b, x)
  return logCDx
}

function evaluate(a: number, b: number, x: number): void {
  if (a === lastA && b === lastB && x === lastX) return
  lastA = a
  lastB = b
  lastX = x
  const y = 1 - x
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1 && a + b < Infinity)) {
    tail = tailDa = tailDb = tailDx = NaN
    setLower()
  } else if (x === 0) {
    atZero(a, b)
    setLower()
    logCDx = a > 1 ? 0 : a < 1 ? -Infinity : -b
  } else if (x === 1) {
    atZero(b, a)
    setUpper()
    logIDx = b > 1 ? 0 : b < 1 ? Infinity : a
  } else {
    const logX = x < 0.5 ? Math.log(x) : Math.log1p(-y)
    const logY = x < 0.5 ? Math.log1p(-x) : Math.log(y)
    const large = a >= QUADRATURE_START && b >= QUADRATURE_START
    if (x <= (large ? a / (a + b) : (a + 1) / (a + b + 2))) {
      evaluateTail(a, b, x, y, logX, logY)
      setLower()
    } else {
      evaluateTail(b, a, y, x, logY, logX)
      setUpper()
    }
  }
}

/** Takes the tail as I and completes the complement. */
function setLower(): void {
  logI = tail
  logIDa = tailDa
  logIDb = tailDb
  logIDx = tailDx
  logC = log1mExp(tail)
  const odds = Math.exp(tail - logC)
  logCDa = odds === 0 ? 0 : -odds * tailDa
  logCDb = odds === 0 ? 0 : -odds * tailDb
  logCDx = odds === 0 ? 0 : -odds * tailDx
}

/** Takes the tail as the complement, with the shapes exchanged and x counted from 1, and completes I. */
function setUpper(): void {
  logC = tail
  logCDa = tailDb
  logCDb = tailDa
  logCDx = -tailDx
  logI = log1mExp(tail)
  const odds = Math.exp(tail - logI)
  logIDa = odds === 0 ? 0 : -odds * tailDb
  logIDb = odds === 0 ? 0 : -odds * tailDa
  logIDx = odds === 0 ? 0 : odds * tailDx
}

function atZero(a: number, b: number): void {
  tail = -Infinity
  tailDa = -Infinity
  tailDb = digammaDelta(b, a)
  tailDx = Infinity
}

/** log I_x(a, b) and its derivatives where I is not close to 1; y = 1 - x. */
function evaluateTail(a: number, b: number, x: number, y: number, logX: number, logY: number): void {
  const n = a + b
  // Distance of x from the mean, n x - a, from the smaller of x and y.
  const d = x <= 0.5 ? n * x - a : b - n * y
  const logFront =
    a >= STIRLING_START && b >= STIRLING_START
      ? 0.5 * Math.log(a * (b / n)) -
        HALF_LOG_2_PI +
        stirlingRemainder(n) -
        stirlingRemainder(a) -
        stirlingRemainder(b) -
        deviation(a, d, n * x) -
        deviation(b, -d, n * y)
      : a * logX + b * logY - lbeta(a, b)
  if (a >= QUADRATURE_START && b >= QUADRATURE_START) {
    betaIntegral(a, b, x, d)
    const rest = logMinusDigamma(n)
    tail = logFront + Math.log(betaPart.value)
    tailDa = logGrowth(a, d, n * x) + logMinusDigamma(a) - rest + betaPart.da
    tailDb = logGrowth(b, -d, n * y) + logMinusDigamma(b) - rest + betaPart.db
    tailDx = 1 / (x * y * betaPart.value)
  } else {
    betaFraction(a, b, x, y, d)
    tail = logFront - Math.log(a) + Math.log(betaPart.value)
    tailDa = logX + digammaDelta(a + 1, b - 1) + betaPart.da
    tailDb = logY + digammaDelta(b, a) + betaPart.db
    tailDx = a / (x * y * betaPart.value)
  }
}
