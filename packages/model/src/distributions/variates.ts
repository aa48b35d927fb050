import type { RandomStream } from '@chorale/random'

import { logistic, asin } from '../special/index.js'

/** Smallest normal double: what a positive draw is rounded up to, because 0 is outside of the support. */
const TINY = 2.2250738585072014e-308
const BELOW_ONE = 1 - 1.1102230246251565e-16

/** Standard exponential by inversion. */
export const drawExponential = (stream: RandomStream): number => -Math.log(stream.uniform())

/** A positive number as near to exp(x) as doubles allow. */
export const positiveExp = (x: number): number => Math.min(Math.max(Math.exp(x), TINY), Number.MAX_VALUE)

/**
 * Logarithm of a gamma variate with the given shape > 0 and rate 1: finite also for shapes so small that most draws are below the smallest double.
 *
 * Source: Marsaglia & Tsang (2000), A simple method for generating gamma variables; shapes below 1 by G(a) = G(a + 1) U^(1/a).
 */
export function drawLogGamma(shape: number, stream: RandomStream): number {
  if (!(shape > 0 && shape < Infinity)) return shape === Infinity ? Infinity : NaN
  if (shape < 1) return drawLogGamma(shape + 1, stream) + Math.log(stream.uniform()) / shape
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = stream.normal()
    const root = 1 + c * x
    if (root <= 0) continue
    const v = root * root * root
    if (Math.log(stream.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v)
  }
}

/** Beta variate, in the open interval (0, 1): G(a) / (G(a) + G(b)) on the log scale. */
export function drawBeta(a: number, b: number, stream: RandomStream): number {
  const x = logistic(drawLogGamma(a, stream) - drawLogGamma(b, stream))
  return Math.min(Math.max(x, TINY), BELOW_ONE)
}

/** Student's t with `df` > 0 degrees of freedom: a normal over the root of a scaled gamma variate. */
export function drawStudent(df: number, stream: RandomStream): number {
  const normal = stream.normal()
  return normal * Math.exp(-0.5 * (drawLogGamma(0.5 * df, stream) - Math.log(0.5 * df)))
}

/** Standard Cauchy: a quotient of two normals. */
export const drawCauchy = (stream: RandomStream): number => stream.normal() / stream.normal()

/** Standard skew normal: delta |z0| + sqrt(1 - delta^2) z1 with delta = shape / sqrt(1 + shape^2) (Azzalini 1985). */
export function drawSkewNormal(shape: number, stream: RandomStream): number {
  const norm = Math.sqrt(1 + shape * shape)
  const skewed = Math.abs(stream.normal())
  return (shape * skewed + stream.normal()) / norm
}

/**
 * Angle in [-pi, pi] about 0 with concentration `kappa` >= 0.
 *
 * Source: Best & Fisher (1979), Efficient simulation of the von Mises distribution, by wrapped Cauchy rejection; with 1 - cos(angle) in place of
 * the cosine, so that it is exact for all concentrations.
 */
export function drawVonMises(kappa: number, stream: RandomStream): number {
  if (!(kappa >= 0)) return NaN
  if (kappa === 0) return Math.PI * (2 * stream.uniform() - 1)
  const root = Math.sqrt(1 + 4 * kappa * kappa)
  const tau = 1 + root
  const rho = (2 * kappa * Math.sqrt(tau)) / ((Math.sqrt(tau) + Math.SQRT2) * tau)
  // 1 - rho without cancellation for large kappa, then s - 1 for s = (1 + rho^2) / (2 rho).
  const gap = kappa > 1 ? (Math.sqrt(2 * tau) - 1 - 1 / (root + 2 * kappa)) / (2 * kappa) : 1 - rho
  const s1 = (gap * gap) / (2 * rho)
  for (;;) {
    const z = Math.cos(Math.PI * stream.uniform())
    const fall = (s1 * (1 - z)) / (s1 + 1 + z)
    const y = kappa * (s1 + fall)
    const u = stream.uniform()
    if (Math.log(y / u) + 1 - y >= 0) {
      const angle = 2 * asin(Math.sqrt(Math.min(0.5 * fall, 1)))
      return stream.uniform() < 0.5 ? -angle : angle
    }
  }
}
