/**
 * Writes z = V x, V the n x (n - 1) Helmert basis of the vectors that sum to zero: column i (from 1) is i numbers 1/sqrt(i (i + 1)), then
 * -i/sqrt(i (i + 1)), then zeros. Its columns are orthonormal; O(n).
 *
 * Source: Stan Reference Manual, Zero sum vector; Egozcue et al. (2003), Isometric logratio transformations, section 4.
 */
export const basisTimesInto = (z: Float64Array, zAt: number, x: Float64Array, xAt: number, n: number): void => {
  let sum = 0
  for (let i = n - 1; i > 0; i--) {
    const w = x[xAt + i - 1] / Math.sqrt(i * (i + 1))
    z[zAt + i] = sum - i * w
    sum += w
  }
  z[zAt] = sum
}

/** Adds scale V' z to the n - 1 numbers at `x`. V' is the inverse of V on the vectors that sum to zero, and takes no notice of z's mean. */
export const addBasisTransposedTimes = (x: Float64Array, xAt: number, scale: number, z: Float64Array, zAt: number, n: number): void => {
  let sum = 0
  for (let i = 1; i < n; i++) {
    sum += z[zAt + i - 1]
    x[xAt + i - 1] += (scale * (sum - i * z[zAt + i])) / Math.sqrt(i * (i + 1))
  }
}
