import type { RandomStream } from '@chorale/random'

/** Normal numbers, `scale` times. */
export const normals = (stream: RandomStream, size: number, scale = 1): Float64Array =>
  Float64Array.from({ length: size }, () => scale * stream.normal())

/** A well-conditioned lower-triangular matrix with positive diagonal, junk above it if asked for. */
export const lowerTriangle = (stream: RandomStream, D: number, { scale = 1, above = 0 } = {}): Float64Array =>
  Float64Array.from({ length: D * D }, (_, k) => {
    const i = Math.floor(k / D)
    const j = k % D
    if (j > i) return above * stream.normal()
    return scale * (i === j ? 0.8 + stream.uniform() : (0.6 * stream.normal()) / Math.sqrt(D))
  })

/** L L' */
export const gram = (lower: ArrayLike<number>, D: number): Float64Array =>
  Float64Array.from({ length: D * D }, (_, k) => {
    const i = Math.floor(k / D)
    const j = k % D
    let sum = 0
    for (let m = 0; m <= Math.min(i, j); m++) sum += lower[i * D + m] * lower[j * D + m]
    return sum
  })

/** A random symmetric positive definite matrix. */
export const positiveDefinite = (stream: RandomStream, D: number, scale = 1): Float64Array =>
  gram(lowerTriangle(stream, D, { scale: Math.sqrt(scale) }), D)

/** The same symmetric part, triangles that differ. */
export const withSkewPart = (matrix: Float64Array, D: number): Float64Array =>
  matrix.map((value, k) => value + 0.1 * matrix[0] * Math.sign(Math.floor(k / D) - (k % D)))
