/**
 * Owen's T function, T(h, a) = integral from 0 to a of exp(-h^2 (1 + x^2)/2) / (1 + x^2) dx / (2 pi), for the skew normal distribution.
 *
 * |a| <= 1: Gauss-Legendre over the part of the range that counts; |a| > 1: T(h, a) from T(a h, 1/a).
 * Source: Owen (1956), Tables for computing bivariate normal probabilities, eq. 2.3; quadrature as T5 of Patefield & Tandy (2000), Fast and accurate calculation
 * of Owen's T function. Derivatives: dT/da = exp(-h^2 (1 + a^2)/2) / (2 pi (1 + a^2)), dT/dh = -phi(h) (Phi(a h) - 1/2).
 */
import { expMinusHalfSquare } from './exp-square.js'
import { LEGENDRE_NODES, LEGENDRE_WEIGHTS } from './gauss-legendre.js'
import { normalCdf } from './normal.js'
import { atan } from './trigonometric.js'

/** T(h, a) for all real h and a: even in h, odd in a. */
export function owenT(h: number, a: number): number {
  const height = Math.abs(h)
  const slope = Math.abs(a)
  if (height === 0) return atan(a) / (2 * Math.PI)
  const value = slope <= 1 ? quadrature(height, slope) : reflected(height, slope)
  return a < 0 ? -value : value
}

function reflected(h: number, a: number): number {
  const tail = normalCdf(-h)
  if (a === Infinity) return 0.5 * tail
  const other = normalCdf(-a * h)
  return 0.5 * (tail + other) - tail * other - quadrature(a * h, 1 / a)
}

function quadrature(h: number, a: number): number {
  const front = expMinusHalfSquare(h)
  if (front === 0) return 0
  // Beyond 9/h the integrand is below exp(-40) of its start.
  const end = a * h > 9 ? 9 / h : a
  let sum = 0
  for (let i = 0; i < LEGENDRE_NODES.length; i++) {
    const x = end * LEGENDRE_NODES[i]
    const hx = h * x
    sum += (LEGENDRE_WEIGHTS[i] * Math.exp(-0.5 * hx * hx)) / (1 + x * x)
  }
  return (front * end * sum) / (2 * Math.PI)
}
