import type { RandomStream } from '@chorale/random'

import { solveLowerInPlace, solveTransposedInPlace } from '../kernels/triangular.js'
import { drawLogGamma } from './variates.js'

/** Writes independent standard normals. */
export function standardNormalsInto(out: Float64Array, stream: RandomStream): void {
  for (let k = 0; k < out.length; k++) out[k] = stream.normal()
}

/** Replaces z by L z, for a lower-triangular L, row-major; what is above its diagonal is not read. */
export function timesLowerInPlace(z: Float64Array, lower: Float64Array): void {
  const size = z.length
  for (let i = size - 1; i >= 0; i--) {
    let sum = 0
    for (let j = 0; j <= i; j++) sum += lower[i * size + j] * z[j]
    z[i] = sum
  }
}

/** Replaces z by inverse(L') z: with L L' = P, standard normals become normals with precision P. */
export const solveTransposedLowerInPlace = (z: Float64Array, lower: Float64Array): void =>
  solveTransposedInPlace(z, 0, lower, 0, z.length, z.length)

/**
 * Writes a lower-triangular B with B B' Wishart distributed with unit scale: roots of chi-squared variates with df, df - 1, ... degrees of freedom on the
 * diagonal, normals below.
 *
 * Source: Bartlett (1933); Smith & Hocking (1972), Wishart variate generator, Applied Statistics 21.
 */
export function bartlettFactor(df: number, order: number, stream: RandomStream): Float64Array {
  const factor = new Float64Array(order * order)
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < i; j++) factor[i * order + j] = stream.normal()
    factor[i * order + i] = Math.exp(0.5 * (Math.LN2 + drawLogGamma(0.5 * (df - i), stream)))
  }
  return factor
}

/** Writes M M' for M = L B, both lower triangular. */
export function gramOfProductInto(out: Float64Array, lower: Float64Array, factor: Float64Array, order: number): void {
  const product = new Float64Array(order * order)
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) for (let k = j; k <= i; k++) product[i * order + j] += lower[i * order + k] * factor[k * order + j]
  }
  gramInto(out, product, order)
}

/** Writes M M' for M = L inverse(B'), both lower triangular. */
export function gramOfQuotientInto(out: Float64Array, lower: Float64Array, factor: Float64Array, order: number): void {
  const quotient = new Float64Array(order * order)
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) quotient[i * order + j] = lower[i * order + j]
    // Row i of M' is row i of L, solved for B from the left.
    solveLowerInPlace(quotient, i * order, factor, 0, order, order)
  }
  gramInto(out, quotient, order)
}

function gramInto(out: Float64Array, m: Float64Array, order: number): void {
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < order; k++) sum += m[i * order + k] * m[j * order + k]
      out[i * order + j] = sum
      out[j * order + i] = sum
    }
  }
}
