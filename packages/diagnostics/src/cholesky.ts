/**
 * Lower Cholesky factor of a symmetric positive definite d x d matrix (row-major), or undefined when the matrix is not finite, not symmetric or not
 * positive definite. The test of each pivot is relative to its diagonal entry, so the units of the parameters do not matter.
 */
export function cholesky(matrix: Float64Array, d: number): Float64Array | undefined {
  const lower = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const scale = Math.sqrt(matrix[i * d + i]) * Math.sqrt(matrix[j * d + j])
      if (!(Math.abs(matrix[i * d + j] - matrix[j * d + i]) <= 1e-8 * scale)) return undefined
      let value = matrix[i * d + j]
      for (let k = 0; k < j; k++) value -= lower[i * d + k] * lower[j * d + k]
      if (j < i) lower[i * d + j] = value / lower[j * d + j]
      else if (value > d * Number.EPSILON * matrix[i * d + i] && value < Infinity) lower[i * d + i] = Math.sqrt(value)
      else return undefined
    }
  }
  return lower
}

/** Replaces b by the solution y of L y = b. */
export function solveLowerInto(b: Float64Array, lower: Float64Array): void {
  const d = b.length
  for (let i = 0; i < d; i++) {
    let value = b[i]
    for (let k = 0; k < i; k++) value -= lower[i * d + k] * b[k]
    b[i] = value / lower[i * d + i]
  }
}

/** Replaces y by the solution x of L' x = y. */
export function solveUpperInto(y: Float64Array, lower: Float64Array): void {
  const d = y.length
  for (let i = d - 1; i >= 0; i--) {
    let value = y[i]
    for (let k = i + 1; k < d; k++) value -= lower[k * d + i] * y[k]
    y[i] = value / lower[i * d + i]
  }
}

/** Adds the inverse of L L' to `out` (d x d, row-major, both triangles). */
export function addInverseInto(out: Float64Array, lower: Float64Array, d: number): void {
  const inverse = new Float64Array(d * d)
  for (let j = 0; j < d; j++) {
    inverse[j * d + j] = 1 / lower[j * d + j]
    for (let i = j + 1; i < d; i++) {
      let value = 0
      for (let k = j; k < i; k++) value -= lower[i * d + k] * inverse[k * d + j]
      inverse[i * d + j] = value / lower[i * d + i]
    }
  }
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let value = 0
      for (let k = i; k < d; k++) value += inverse[k * d + i] * inverse[k * d + j]
      out[i * d + j] += value
      if (j < i) out[j * d + i] += value
    }
  }
}
