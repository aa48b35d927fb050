import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { eigenOf } from './eigen-of.js'

const diagonalMatrix = (...values: number[]): Float64Array =>
  Float64Array.from({ length: values.length * values.length }, (_, at) =>
    at % (values.length + 1) === 0 ? values[at % values.length]! : 0,
  )

describe('the symmetric eigendecomposition', () => {
  it.each([1, 2, 5, 30])('finds 2 - 2 cos(i pi / (n + 1)), the eigenvalues of the second difference of length %i', n => {
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const distance = Math.abs((at % n) - Math.floor(at / n))
      return distance === 0 ? 2 : distance === 1 ? -1 : 0
    })
    eigenOf(matrix, n)!.forEach(({ value }, i) => expect(value).toBeCloseTo(2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1)), 12))
  })

  it.each([3, 8, 10, 41, 64])('takes a full matrix of size %i apart into orthonormal vectors that add up to it', n => {
    const stream = createStream(prngKey(n))
    const matrix = new Float64Array(n * n)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = stream.normal()
    }
    const eigen = eigenOf(matrix, n)!
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let [sum, dot] = [0, 0]
        for (let k = 0; k < n; k++) {
          sum += eigen[k]!.value * eigen[k]!.vector[i]! * eigen[k]!.vector[j]!
          dot += eigen[i]!.vector[k]! * eigen[j]!.vector[k]!
        }
        expect(sum).toBeCloseTo(matrix[i * n + j]!, 11)
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 12)
      }
    }
  })

  it('bears equal and zero eigenvalues, and has none for what is not finite', () => {
    expect(eigenOf(diagonalMatrix(1, 0, 1, 0), 4)!.map(({ value }) => value)).toEqual([0, 0, 1, 1])
    expect(eigenOf(Float64Array.of(1, NaN, NaN, 1), 2)).toBeNull()
    expect(eigenOf(Float64Array.of(1, 2, NaN, 2, 1, 3, NaN, 3, 1), 3)).toBeNull()
  })
})
