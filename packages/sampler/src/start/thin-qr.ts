/** A matrix of n rows as an orthonormal basis of its columns times a small upper trapezoidal matrix. */
export interface ThinQr {
  /** min(n, columns) orthonormal vectors of length n: Q by columns. */
  readonly basis: readonly Float64Array[]
  /** R, basis.length x columns, row-major. */
  readonly upper: Float64Array
}

/**
 * Thin QR factorisation by Householder reflections, which stays orthonormal when columns depend on each other. Overwrites `columns`.
 * Source: Golub & Van Loan, Matrix Computations, section 5.2.
 */
export function thinQr(columns: readonly Float64Array[], n: number): ThinQr {
  const size = Math.min(n, columns.length)
  const reflectors: Float64Array[] = []
  for (let k = 0; k < size; k++) {
    const reflector = reflectorOf(columns[k], k)
    reflectors.push(reflector)
    for (let j = k; j < columns.length; j++) reflect(columns[j], reflector, k)
  }
  const upper = new Float64Array(size * columns.length)
  columns.forEach((column, j) => {
    for (let i = 0; i <= Math.min(j, size - 1); i++) upper[i * columns.length + j] = column[i]
  })
  const basis = reflectors.map((_, k) => {
    const vector = new Float64Array(n)
    vector[k] = 1
    for (let j = size - 1; j >= 0; j--) reflect(vector, reflectors[j], j)
    return vector
  })
  return { basis, upper }
}

/** The unit vector v with (I - 2 v v') column = a multiple of the k-th unit vector, below row k; zeros where the column is that already. */
function reflectorOf(column: Float64Array, k: number): Float64Array {
  const reflector = new Float64Array(column.length)
  let largest = 0
  for (let i = k; i < column.length; i++) largest = Math.max(largest, Math.abs(column[i]))
  if (!(largest > 0)) return reflector
  let square = 0
  for (let i = k; i < column.length; i++) {
    reflector[i] = column[i] / largest
    square += reflector[i] * reflector[i]
  }
  const norm = Math.sqrt(square)
  const head = reflector[k]
  reflector[k] = head + (head < 0 ? -norm : norm)
  const length = Math.sqrt(2 * (square + norm * Math.abs(head)))
  for (let i = k; i < column.length; i++) reflector[i] /= length
  return reflector
}

function reflect(vector: Float64Array, reflector: Float64Array, k: number): void {
  let product = 0
  for (let i = k; i < vector.length; i++) product += reflector[i] * vector[i]
  for (let i = k; i < vector.length; i++) vector[i] -= 2 * product * reflector[i]
}
