import { choleskyFactor } from './cholesky.js'
import { symmetricEigen, type SymmetricEigen } from './symmetric-eigen.js'

/**
 * The eigendecomposition of the geometric mean M of A and the inverse of B, the positive definite matrix with M B M = A: with B = L L' it is
 * L'^-1 (L' A L)^(1/2) L^-1. A and B are k x k, row-major; null unless both are positive definite and finite.
 *
 * Source: Bhatia, Positive Definite Matrices, section 4.1.
 */
export function geometricMeanEigen(a: Float64Array, b: Float64Array, size: number): SymmetricEigen | null {
  const factor = choleskyFactor(b, size)
  if (!factor) return null
  const root = squareRoot(conjugate(transposeOf(factor, size), a, size), size)
  return root && symmetricEigen(conjugate(transposeOf(inverseOf(factor, size), size), root, size), size)
}

function transposeOf(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % size) * size + Math.floor(at / size)])
}

/** The inverse of a lower triangular matrix. */
function inverseOf(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    const pivot = 1 / factor[i * size + i]
    inverse[i * size + i] = pivot
    for (let k = 0; k < i; k++) {
      const weight = -pivot * factor[i * size + k]
      for (let j = 0; j <= k; j++) inverse[i * size + j] += weight * inverse[k * size + j]
    }
  }
  return inverse
}

/** U S U' for an upper triangular U and a symmetric S. */
function conjugate(upper: Float64Array, symmetric: Float64Array, size: number): Float64Array {
  const half = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let k = i; k < size; k++) {
      const weight = upper[i * size + k]
      for (let j = 0; j < size; j++) half[i * size + j] += weight * symmetric[k * size + j]
    }
  }
  const whole = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = i; k < size; k++) sum += half[j * size + k] * upper[i * size + k]
      whole[i * size + j] = sum
      whole[j * size + i] = sum
    }
  }
  return whole
}

/** The positive definite square root, row-major; null when the matrix has no positive definite one. Overwrites the matrix. */
function squareRoot(matrix: Float64Array, size: number): Float64Array | null {
  const eigen = symmetricEigen(matrix, size)
  if (!eigen || !(eigen.values[0] > 0)) return null
  const root = new Float64Array(size * size)
  for (let k = 0; k < size; k++) {
    const length = Math.sqrt(eigen.values[k])
    const row = k * size
    for (let i = 0; i < size; i++) {
      const weight = length * eigen.vectors[row + i]
      for (let j = 0; j <= i; j++) root[i * size + j] += weight * eigen.vectors[row + j]
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) root[j * size + i] = root[i * size + j]
  }
  return root
}
