/** Products of small dense matrices, row-major in Float64Arrays. */

/** a b, both d x d. */
export function multiply(a: Float64Array, b: Float64Array, dimension: number): Float64Array {
  const result = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    const row = i * dimension
    for (let k = 0; k < dimension; k++) {
      const left = a[row + k]
      const other = k * dimension
      for (let j = 0; j < dimension; j++) result[row + j] += left * b[other + j]
    }
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

export const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + b[i])
export const subtract = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i])
export const scaled = (a: Float64Array, factor: number): Float64Array => a.map(value => value * factor)

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
