/** Eigenvalues in ascending order and, row by row, the unit eigenvectors that belong to them. */
export interface SymmetricEigen {
  readonly values: Float64Array
  /** k x k, row-major: row i belongs to value i. */
  readonly vectors: Float64Array
}

/** Iterations that one eigenvalue may take; about two are usual. */
const MOST_ITERATIONS = 60
const EPSILON = 2.220446049250313e-16

/**
 * The eigendecomposition of a symmetric k x k matrix, row-major, which it overwrites: Householder reflections to a tridiagonal matrix, then QL with
 * implicit shifts, with eigenvectors as rows so that every inner loop runs along one. Null when an entry is not finite.
 *
 * Source: Golub & Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3; Martin & Wilkinson (1968), Numerische Mathematik 12 (`imtql2`).
 */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen | null {
  if (!matrix.every(Number.isFinite)) return null
  const diagonal = new Float64Array(size)
  const below = new Float64Array(size)
  const vectors = tridiagonalise(matrix, size, diagonal, below)
  if (!diagonaliseByRotations(diagonal, below, vectors, size)) return null
  return inAscendingOrder(diagonal, vectors, size)
}

/** Overwrites the matrix A = Q T Q' with its reflections, writes the diagonals of T and returns Q', row-major. `below[i]` joins i and i + 1. */
function tridiagonalise(a: Float64Array, n: number, diagonal: Float64Array, below: Float64Array): Float64Array {
  const product = new Float64Array(n)
  const weights = new Float64Array(n)
  for (let k = 0; k + 1 < n; k++) {
    const row = k * n
    let squares = 0
    for (let j = k + 2; j < n; j++) squares += a[row + j] * a[row + j]
    const head = a[row + k + 1]
    if (squares === 0) {
      below[k] = head
      continue
    }
    const length = Math.sqrt(head * head + squares)
    below[k] = head > 0 ? -length : length
    a[row + k + 1] = head - below[k]
    const weight = 2 / (squares + a[row + k + 1] * a[row + k + 1])
    weights[k] = weight
    reflectRest(a, n, k, weight, product)
  }
  for (let k = 0; k < n; k++) diagonal[k] = a[k * n + k]
  return accumulateReflections(a, n, weights)
}

/** A := H A H on the rows and columns after k, H = I - weight v v', v the end of row k. */
function reflectRest(a: Float64Array, n: number, k: number, weight: number, product: Float64Array): void {
  const v = k * n
  let dot = 0
  for (let i = k + 1; i < n; i++) {
    let sum = 0
    for (let j = k + 1, at = i * n + k + 1; j < n; j++, at++) sum += a[at] * a[v + j]
    product[i] = weight * sum
    dot += product[i] * a[v + i]
  }
  const half = 0.5 * weight * dot
  for (let i = k + 1; i < n; i++) product[i] -= half * a[v + i]
  for (let i = k + 1; i < n; i++) {
    const x = a[v + i]
    const y = product[i]
    for (let j = k + 1, at = i * n + k + 1; j < n; j++, at++) a[at] -= x * product[j] + y * a[v + j]
  }
}

/** Q', the product of all reflections, last one first. */
function accumulateReflections(a: Float64Array, n: number, weights: Float64Array): Float64Array {
  const q = new Float64Array(n * n)
  const sum = new Float64Array(n)
  for (let i = 0; i < n; i++) q[i * n + i] = 1
  for (let k = n - 3; k >= 0; k--) {
    const weight = weights[k]
    if (weight === 0) continue
    const v = k * n
    sum.fill(0)
    for (let i = k + 1; i < n; i++) {
      const x = weight * a[v + i]
      for (let j = k + 1, at = i * n + k + 1; j < n; j++, at++) sum[j] += x * q[at]
    }
    for (let i = k + 1; i < n; i++) {
      const x = a[v + i]
      for (let j = k + 1, at = i * n + k + 1; j < n; j++, at++) q[at] -= x * sum[j]
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const held = q[i * n + j]
      q[i * n + j] = q[j * n + i]
      q[j * n + i] = held
    }
  }
  return q
}

/** Makes T diagonal by rotations, which turn the rows of `vectors` too. Returns whether it converged. */
function diagonaliseByRotations(diagonal: Float64Array, below: Float64Array, vectors: Float64Array, n: number): boolean {
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      let m = l
      while (m + 1 < n && Math.abs(below[m]) > EPSILON * (Math.abs(diagonal[m]) + Math.abs(diagonal[m + 1]))) m++
      if (m === l) break
      if (iteration === MOST_ITERATIONS) return false
      sweep(diagonal, below, vectors, n, l, m)
    }
  }
  return true
}

/** One implicit QL sweep over the block l..m, with Wilkinson's shift. */
function sweep(diagonal: Float64Array, below: Float64Array, vectors: Float64Array, n: number, l: number, m: number): void {
  const gap = (diagonal[l + 1] - diagonal[l]) / (2 * below[l])
  const root = Math.sqrt(gap * gap + 1)
  let g = diagonal[m] - diagonal[l] + below[l] / (gap + (gap >= 0 ? root : -root))
  let sine = 1
  let cosine = 1
  let p = 0
  for (let i = m - 1; i >= l; i--) {
    const f = sine * below[i]
    const b = cosine * below[i]
    const r = Math.sqrt(f * f + g * g)
    below[i + 1] = r
    if (r === 0) {
      diagonal[i + 1] -= p
      below[m] = 0
      return
    }
    sine = f / r
    cosine = g / r
    const shifted = diagonal[i + 1] - p
    const t = (diagonal[i] - shifted) * sine + 2 * cosine * b
    p = sine * t
    diagonal[i + 1] = shifted + p
    g = cosine * t - b
    rotateRows(vectors, i * n, (i + 1) * n, n, cosine, sine)
  }
  diagonal[l] -= p
  below[l] = g
  below[m] = 0
}

function rotateRows(rows: Float64Array, upper: number, lower: number, n: number, cosine: number, sine: number): void {
  for (let j = 0; j < n; j++) {
    const x = rows[upper + j]
    const y = rows[lower + j]
    rows[lower + j] = sine * x + cosine * y
    rows[upper + j] = cosine * x - sine * y
  }
}

function inAscendingOrder(values: Float64Array, vectors: Float64Array, n: number): SymmetricEigen {
  const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j] || i - j)
  const sorted = new Float64Array(n * n)
  order.forEach((from, to) => sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n))
  return { values: Float64Array.from(order, i => values[i]), vectors: sorted }
}
