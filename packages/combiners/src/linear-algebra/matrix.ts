/** Products of small dense matrices, row-major in Float64Arrays. */

/** Rows of a matrix that are summed, `count` of them, each with a factor: numbers are places in `rows` and `factors`, and steps between them. */
export interface WeightedRows {
  readonly rows: Float64Array
  readonly from: number
  readonly stride: number
  readonly count: number
  readonly factors: Float64Array
  readonly firstFactor: number
  readonly factorStride: number
}

/** Adds to `out[at .. at + length - 1]` the weighted rows. Four at a time: each pass over `out` costs as much as a product. */
export function addRowsInto(out: Float64Array, at: number, length: number, weighted: WeightedRows): void {
  const { rows, from, stride, count, factors, firstFactor, factorStride } = weighted
  let k = 0
  for (; k + 3 < count; k += 4) {
    const factor = firstFactor + k * factorStride
    const [a, b] = [factors[factor], factors[factor + factorStride]]
    const [c, e] = [factors[factor + 2 * factorStride], factors[factor + 3 * factorStride]]
    const row = from + k * stride
    for (let j = 0; j < length; j++) {
      out[at + j] += a * rows[row + j] + b * rows[row + stride + j] + c * rows[row + 2 * stride + j] + e * rows[row + 3 * stride + j]
    }
  }
  for (; k < count; k++) {
    const factor = factors[firstFactor + k * factorStride]
    const row = from + k * stride
    for (let j = 0; j < length; j++) out[at + j] += factor * rows[row + j]
  }
}

/** a b, both d x d. */
export function multiply(a: Float64Array, b: Float64Array, dimension: number): Float64Array {
  const result = new Float64Array(dimension * dimension)
  for (let row = 0; row < result.length; row += dimension) {
    addRowsInto(result, row, dimension, {
      rows: b,
      from: 0,
      stride: dimension,
      count: dimension,
      factors: a,
      firstFactor: row,
      factorStride: 1,
    })
  }
  return result
}

export function transpose(a: Float64Array, dimension: number): Float64Array {
  const result = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) for (let j = 0; j < dimension; j++) result[j * dimension + i] = a[i * dimension + j]
  return result
}

/** a x. */
export function applyTo(a: Float64Array, x: Float64Array): Float64Array {
  const dimension = x.length
  const result = new Float64Array(dimension)
  for (let i = 0; i < dimension; i++) {
    let value = 0
    for (let j = 0; j < dimension; j++) value += a[i * dimension + j] * x[j]
    result[i] = value
  }
  return result
}

/** a' x. */
export function applyTransposed(a: Float64Array, x: Float64Array): Float64Array {
  const dimension = x.length
  const result = new Float64Array(dimension)
  for (let i = 0; i < dimension; i++) for (let j = 0; j < dimension; j++) result[j] += a[i * dimension + j] * x[i]
  return result
}

/** Adds `part` to `sum`. */
export function addInto(sum: Float64Array, part: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += part[i]
}

// Plain loops: the callbacks of typed arrays' own methods cost ten times as much, and moments of many shards go through here.

export function add(a: Float64Array, b: Float64Array): Float64Array {
  const sum = a.slice()
  addInto(sum, b)
  return sum
}

export function subtract(a: Float64Array, b: Float64Array): Float64Array {
  const difference = a.slice()
  for (let i = 0; i < difference.length; i++) difference[i] -= b[i]
  return difference
}

export function scaled(a: Float64Array, factor: number): Float64Array {
  const result = a.slice()
  for (let i = 0; i < result.length; i++) result[i] *= factor
  return result
}

export function allFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  return true
}

/** The trace of a b for symmetric a and b. */
export function traceOfProduct(a: Float64Array, b: Float64Array): number {
  let trace = 0
  for (let i = 0; i < a.length; i++) trace += a[i] * b[i]
  return trace
}

export function identityMatrix(dimension: number): Float64Array {
  const matrix = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) matrix[i * dimension + i] = 1
  return matrix
}
