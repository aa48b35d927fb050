import { describe, expect, it } from 'vitest'
import { createStream, prngKey } from '@chorale/random'
import { geometricMeanEigen } from '../../src/metric/geometric-mean.js'
import { symmetricEigen } from '../../src/metric/symmetric-eigen.js'

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
    const { values } = symmetricEigen(matrix, n)!
    values.forEach((value, i) => expect(value).toBeCloseTo(2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1)), 12))
  })

  it.each([3, 10, 41])('takes a full matrix of size %i apart into orthonormal vectors that add up to it', n => {
    const stream = createStream(prngKey(n))
    const matrix = new Float64Array(n * n)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = stream.normal()
    }
    const { values, vectors } = symmetricEigen(matrix.slice(), n)!
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let [sum, dot] = [0, 0]
        for (let k = 0; k < n; k++) {
          sum += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!
          dot += vectors[i * n + k]! * vectors[j * n + k]!
        }
        expect(sum).toBeCloseTo(matrix[i * n + j]!, 11)
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 12)
      }
    }
  })

  it('bears equal and zero eigenvalues, and has none for what is not finite', () => {
    expect([...symmetricEigen(diagonalMatrix(1, 0, 1, 0), 4)!.values]).toEqual([0, 0, 1, 1])
    expect(symmetricEigen(Float64Array.of(1, NaN, NaN, 1), 2)).toBeNull()
  })
})

describe('the geometric mean of A and the inverse of B', () => {
  it('is sqrt(a / b) for diagonal matrices', () => {
    const { values } = geometricMeanEigen(diagonalMatrix(1, 4, 8), diagonalMatrix(1, 1, 0.5), 3)!
    ;[1, 2, 4].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 12))
  })

  it('is M when A = M B M', () => {
    const m = [2, 0.5, 0.5, 1]
    const b = [3, -1, -1, 2]
    const times = (x: number[], y: number[]) =>
      [0, 1, 2, 3].map(at => x[at - (at % 2)]! * y[at % 2]! + x[at - (at % 2) + 1]! * y[2 + (at % 2)]!)
    const eigen = geometricMeanEigen(Float64Array.from(times(times(m, b), m)), Float64Array.from(b), 2)!
    const expected = symmetricEigen(Float64Array.from(m), 2)!
    eigen.values.forEach((value, i) => expect(value).toBeCloseTo(expected.values[i]!, 12))
  })

  it('does not exist when B is singular', () => {
    expect(geometricMeanEigen(diagonalMatrix(1, 1), diagonalMatrix(1, 0), 2)).toBeNull()
  })
})
