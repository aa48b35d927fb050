/** sum a[k] b[k] over `length` adjacent numbers, in four interleaved partial sums: a single one would wait for each addition. */
export const rowDot = (a: Float64Array, aAt: number, b: Float64Array, bAt: number, length: number): number => {
  let sum0 = 0
  let sum1 = 0
  let sum2 = 0
  let sum3 = 0
  let k = 0
  for (; k + 3 < length; k += 4) {
    sum0 += a[aAt + k] * b[bAt + k]
    sum1 += a[aAt + k + 1] * b[bAt + k + 1]
    sum2 += a[aAt + k + 2] * b[bAt + k + 2]
    sum3 += a[aAt + k + 3] * b[bAt + k + 3]
  }
  for (; k < length; k++) sum0 += a[aAt + k] * b[bAt + k]
  return sum0 + sum1 + (sum2 + sum3)
}

/** out[k] += scale x[k] over `length` adjacent numbers. */
export const addScaledRow = (out: Float64Array, outAt: number, scale: number, x: Float64Array, xAt: number, length: number): void => {
  for (let k = 0; k < length; k++) out[outAt + k] += scale * x[xAt + k]
}
