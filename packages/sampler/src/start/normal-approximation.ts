import type { RandomStream } from '@chorale/random'
import { choleskyFactor } from '../metric/cholesky.js'
import { dot, type Curvature, type CurvaturePair } from './curvature.js'
import { thinQr } from './thin-qr.js'

const LOG_TWO_PI = 1.8378770664093453

/** A normal distribution whose covariance is a diagonal matrix plus one of low rank. */
export interface NormalApproximation {
  readonly mean: Float64Array
  /** The diagonal of the covariance. */
  readonly variances: Float64Array
  /** Writes mean + factor x a draw of Normal(0, covariance). Returns `logDensity` of that draw, as for a factor of 1. */
  drawInto(position: Float64Array, stream: RandomStream, factor: number): number
  /** The normalised log density. */
  logDensity(position: Float64Array): number
}

/**
 * The normal approximation of a density from what a climb knows at one of its points: covariance = the L-BFGS inverse Hessian, started from the curvature's
 * scales; mean = position + covariance x gradient. Undefined where rounding left no positive definite matrix.
 *
 * Covariance = A^(1/2) (I + Q (L L' - I) Q') A^(1/2) with A the scales, Q the orthonormal basis of the pairs.
 * Source: Zhang, Carpenter, Gelman & Vehtari (2022), JMLR 23:306, algorithms 3 and 4; Byrd, Nocedal & Schnabel (1994).
 */
export function normalApproximation(position: Float64Array, gradient: Float64Array, curvature: Curvature): NormalApproximation | undefined {
  const d = position.length
  const roots = curvature.scales.map(Math.sqrt)
  const { pairs } = curvature
  const { basis, upper } = thinQr(scaledSpan(pairs, roots), d)
  const factor = innerFactor(pairs, upper, curvature.scales, basis.length)
  if (!factor) return undefined
  const r = basis.length
  let logDeterminant = 0
  for (let i = 0; i < d; i++) logDeterminant += Math.log(roots[i])
  for (let k = 0; k < r; k++) logDeterminant += Math.log(factor[k * r + k])

  const coordinates = new Float64Array(r)
  const before = new Float64Array(r)
  /** vector += Q (M - I) Q' vector, where `apply` writes M times the coordinates. */
  const stretch = (vector: Float64Array, apply: (coordinates: Float64Array) => void): void => {
    for (let k = 0; k < r; k++) coordinates[k] = dot(basis[k], vector)
    before.set(coordinates)
    apply(coordinates)
    for (let k = 0; k < r; k++) {
      const weight = coordinates[k] - before[k]
      for (let i = 0; i < d; i++) vector[i] += weight * basis[k][i]
    }
  }

  const mean = new Float64Array(d)
  for (let i = 0; i < d; i++) mean[i] = roots[i] * gradient[i]
  stretch(mean, c => {
    timesTransposed(factor, c)
    timesLower(factor, c)
  })
  for (let i = 0; i < d; i++) mean[i] = position[i] + roots[i] * mean[i]
  if (!mean.every(Number.isFinite)) return undefined

  const standard = new Float64Array(d)
  const normalized = (square: number): number => -0.5 * (square + d * LOG_TWO_PI) - logDeterminant
  const times = (c: Float64Array): void => timesLower(factor, c)
  const solve = (c: Float64Array): void => solveLower(factor, c)
  return {
    mean,
    variances: diagonal(roots, basis, factor),
    drawInto(draw, stream, scale) {
      for (let i = 0; i < d; i++) standard[i] = stream.normal()
      const logDensity = normalized(dot(standard, standard))
      stretch(standard, times)
      for (let i = 0; i < d; i++) draw[i] = mean[i] + scale * roots[i] * standard[i]
      return logDensity
    },
    logDensity(at) {
      for (let i = 0; i < d; i++) standard[i] = (at[i] - mean[i]) / roots[i]
      stretch(standard, solve)
      return normalized(dot(standard, standard))
    },
  }
}

/** The columns A^(1/2) y and A^(-1/2) s of all pairs. */
function scaledSpan(pairs: readonly CurvaturePair[], roots: Float64Array): Float64Array[] {
  return [...pairs.map(({ change }) => change.map((y, i) => y * roots[i])), ...pairs.map(({ step }) => step.map((s, i) => s / roots[i]))]
}

/** L with L L' = I + R G R', r x r; G the middle matrix of the compact form of the inverse Hessian. Null where that is not positive definite. */
function innerFactor(pairs: readonly CurvaturePair[], upper: Float64Array, scales: Float64Array, r: number): Float64Array | null {
  const middle = middleMatrix(pairs, scales)
  const m = 2 * pairs.length
  const inner = new Float64Array(r * r)
  for (let a = 0; a < r; a++) {
    const row = new Float64Array(m)
    for (let k = 0; k < m; k++) for (let l = 0; l < m; l++) row[l] += upper[a * m + k] * middle[k * m + l]
    for (let b = 0; b < r; b++) for (let l = 0; l < m; l++) inner[a * r + b] += row[l] * upper[b * m + l]
  }
  for (let a = 0; a < r; a++) {
    inner[a * r + a] += 1
    for (let b = 0; b < a; b++) inner[a * r + b] = inner[b * r + a] = 0.5 * (inner[a * r + b] + inner[b * r + a])
  }
  return choleskyFactor(inner, r)
}

/** [0, -T^-1; -T^-T, T^-T (diag(s'y) + Y' A Y) T^-1], T the upper triangle of S'Y; 2m x 2m, row-major. */
function middleMatrix(pairs: readonly CurvaturePair[], scales: Float64Array): Float64Array {
  const m = pairs.length
  const inverse = inverseUpper(
    pairs.flatMap(({ step }, i) => pairs.map(({ change }, j) => (i <= j ? dot(step, change) : 0))),
    m,
  )
  const scaledChanges = pairs.map(({ change }) => change.map((y, i) => y * scales[i]))
  const core = pairs.flatMap(({ product }, i) => pairs.map(({ change }, j) => dot(scaledChanges[i], change) + (i === j ? product : 0)))
  const matrix = new Float64Array(4 * m * m)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      matrix[i * 2 * m + m + j] = -inverse[i * m + j]
      matrix[(m + j) * 2 * m + i] = -inverse[i * m + j]
      let sum = 0
      for (let k = 0; k <= i; k++) for (let l = 0; l <= j; l++) sum += inverse[k * m + i] * core[k * m + l] * inverse[l * m + j]
      matrix[(m + i) * 2 * m + m + j] = sum
    }
  }
  return matrix
}

/** The inverse of an upper triangular matrix. */
function inverseUpper(matrix: readonly number[], m: number): Float64Array {
  const inverse = new Float64Array(m * m)
  for (let j = 0; j < m; j++) {
    inverse[j * m + j] = 1 / matrix[j * m + j]
    for (let i = j - 1; i >= 0; i--) {
      let sum = 0
      for (let k = i + 1; k <= j; k++) sum += matrix[i * m + k] * inverse[k * m + j]
      inverse[i * m + j] = -sum / matrix[i * m + i]
    }
  }
  return inverse
}

function diagonal(roots: Float64Array, basis: readonly Float64Array[], factor: Float64Array): Float64Array {
  const coordinates = new Float64Array(basis.length)
  return roots.map((root, i) => {
    for (let k = 0; k < basis.length; k++) coordinates[k] = basis[k][i]
    const before = dot(coordinates, coordinates)
    timesTransposed(factor, coordinates)
    return root * root * (Math.max(0, 1 - before) + dot(coordinates, coordinates))
  })
}

/** c = L c. */
function timesLower(factor: Float64Array, c: Float64Array): void {
  const r = c.length
  for (let i = r - 1; i >= 0; i--) {
    let sum = 0
    for (let k = 0; k <= i; k++) sum += factor[i * r + k] * c[k]
    c[i] = sum
  }
}

/** c = L' c. */
function timesTransposed(factor: Float64Array, c: Float64Array): void {
  const r = c.length
  for (let i = 0; i < r; i++) {
    let sum = 0
    for (let k = i; k < r; k++) sum += factor[k * r + i] * c[k]
    c[i] = sum
  }
}

/** c = L^-1 c. */
function solveLower(factor: Float64Array, c: Float64Array): void {
  const r = c.length
  for (let i = 0; i < r; i++) {
    let sum = c[i]
    for (let k = 0; k < i; k++) sum -= factor[i * r + k] * c[k]
    c[i] = sum / factor[i * r + i]
  }
}
