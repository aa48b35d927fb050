/**
 * Logarithm of the distribution function of Student's t, in both tails, with its derivatives.
 *
 * 2 P(T > |t|) = I_v(df/2, 1/2) with v = df / (df + t^2) (DLMF 8.17.6, Abramowitz & Stegun 26.7.1), taken from the complement 1 - v where that is smaller.
 */
import { logBetaI, logBetaIc, logBetaIcDb, logBetaIcDx, logBetaIDa, logBetaIDx } from './incomplete-beta.js'
import { logGammaDelta } from './gamma-ratio.js'

const HALF_LOG_PI = 0.5723649429247001

/** log P(T <= t) for df > 0 degrees of freedom. */
export function logStudentCdf(df: number, t: number): number {
  const tails = logTwoTails(df, t)
  return t <= 0 ? tails - Math.LN2 : Math.log1p(-0.5 * Math.exp(tails))
}

/** Derivative of logStudentCdf in t. */
export function logStudentCdfDz(df: number, t: number): number {
  const root = t / Math.sqrt(df)
  const logDensity = logGammaDelta(0.5 * df, 0.5) - 0.5 * Math.log(df) - HALF_LOG_PI - 0.5 * (df + 1) * Math.log1p(root * root)
  return Math.exp(logDensity - logStudentCdf(df, t))
}

/** Derivative of logStudentCdf in df. */
export function logStudentCdfDdf(df: number, t: number): number {
  if (t === 0) return 0
  const square = t * t
  const total = df + square
  const slope = square / total / total
  const tailsDdf =
    square < df
      ? 0.5 * logBetaIcDb(0.5, 0.5 * df, square / total) - slope * logBetaIcDx(0.5, 0.5 * df, square / total)
      : 0.5 * logBetaIDa(0.5 * df, 0.5, df / total) + slope * logBetaIDx(0.5 * df, 0.5, df / total)
  if (t < 0) return tailsDdf
  const upper = 0.5 * Math.exp(logTwoTails(df, t))
  return (-upper / (1 - upper)) * tailsDdf
}

/** log P(|T| > |t|). */
function logTwoTails(df: number, t: number): number {
  const square = t * t
  return square < df ? logBetaIc(0.5, 0.5 * df, square / (df + square)) : logBetaI(0.5 * df, 0.5, df / (df + square))
}
