import { deviance, stirlingError } from './saddle-point.js'

/**
 * Probability that a chi-square variable with `df` degrees of freedom exceeds q: the p value of a quadratic form.
 *
 * @param df >= 0; with 0 degrees of freedom the variable is 0. NaN for NaN or negative df.
 */
export function chiSquareUpperTail(q: number, df: number): number {
  if (Number.isNaN(q) || !(df >= 0)) return NaN
  if (q <= 0) return 1
  return df === 0 ? 0 : gammaUpperTail(df / 2, q / 2)
}

/**
 * Regularised upper incomplete gamma function Q(a, x) = Gamma(a, x)/Gamma(a), a > 0, x >= 0; relative error about 1e-13.
 *
 * Series below x = a + 1, continued fraction above (Abramowitz & Stegun 6.5.29 and 6.5.31, modified Lentz); about sqrt(a) terms at the worst.
 */
export function gammaUpperTail(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return NaN
  if (x === 0) return 1
  if (x === Infinity) return 0
  // x^a exp(-x) / Gamma(a + 1)
  const front = Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a)
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * a * upperFraction(a, x)
}

function lowerSeries(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = Infinity
  let d = 1 / b
  let value = d
  for (let i = 1; ; i++) {
    const numerator = i * (a - i)
    b += 2
    d = 1 / (b + numerator * d)
    c = b + numerator / c
    const factor = c * d
    value *= factor
    if (!(Math.abs(factor - 1) > 1e-16)) return value
  }
}
