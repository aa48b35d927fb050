import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'
import {
  cholesky,
  cumulativeSum,
  diagonal,
  diagonalMatrix,
  dot,
  type Kernel,
  logDeterminant,
  logDiagonalSum,
  logSoftmax,
  logSumExp,
  matMul,
  outer,
  quadraticForm,
  softmax,
  solveLower,
  solveUpper,
  transpose,
} from '../../src/kernels/index.js'
import { apply, expectAliasSafe, expectLawful, type Shapes, sizeOf } from './kernel-law.js'
import { gram, lowerTriangle, normals, positiveDefinite, withSkewPart } from './random-input.js'

const stream = createStream(prngKey(1))

describe('products', () => {
  const cases: [Kernel, Shapes][] = [
    [dot, [[4], [4]]],
    [dot, [[3, 7], [7]]],
    [dot, [[2, 3, 5], [5]]],
    [dot, [[2, 0], [0]]],
    [
      matMul,
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      matMul,
      [
        [1, 6],
        [6, 1],
      ],
    ],
    [outer, [[3], [5]]],
    [quadraticForm, [[6], [6, 6]]],
    [transpose, [[2, 5]]],
    [diagonal, [[4, 4]]],
    [diagonalMatrix, [[4]]],
    [cumulativeSum, [[6]]],
    [cumulativeSum, [[2, 3, 4]]],
  ]
  it.each(cases.map(([kernel, shapes]) => ({ name: kernel.name, kernel, shapes })))(
    '$name of $shapes: the reverse pass is the derivative',
    ({ kernel, shapes }) => {
      for (const scale of [1, 1e-6, 1e6])
        expectLawful(
          kernel,
          shapes,
          shapes.map(shape => normals(stream, sizeOf(shape), scale)),
          { scale, step: 0.5, tolerance: 1e-12 },
        )
    },
  )

  it('sums rows, columns and diagonals as on paper', () => {
    expect(
      apply(
        dot,
        [[2, 2], [2]],
        [
          [1, 2, 3, 4],
          [10, 100],
        ],
      ),
    ).toEqual(Float64Array.of(210, 430))
    expect(
      apply(
        matMul,
        [
          [2, 2],
          [2, 2],
        ],
        [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ],
      ),
    ).toEqual(Float64Array.of(19, 22, 43, 50))
    expect(
      apply(
        outer,
        [[2], [3]],
        [
          [1, 2],
          [3, 4, 5],
        ],
      ),
    ).toEqual(Float64Array.of(3, 4, 5, 6, 8, 10))
    expect(
      apply(
        quadraticForm,
        [[2], [2, 2]],
        [
          [1, 2],
          [1, 2, 3, 4],
        ],
      ),
    ).toEqual(Float64Array.of(27))
    expect(apply(transpose, [[2, 3]], [[1, 2, 3, 4, 5, 6]])).toEqual(Float64Array.of(1, 4, 2, 5, 3, 6))
    expect(apply(diagonal, [[2, 2]], [[1, 2, 3, 4]])).toEqual(Float64Array.of(1, 4))
    expect(apply(diagonalMatrix, [[2]], [[1, 4]])).toEqual(Float64Array.of(1, 0, 0, 4))
    expect(apply(cumulativeSum, [[2, 3]], [[1, 2, 3, 4, 5, 6]])).toEqual(Float64Array.of(1, 3, 6, 4, 9, 15))
  })

  it('an array multiplied by itself gets both contributions', () => {
    const vector = normals(stream, 7)
    const square = normals(stream, 9)
    expectAliasSafe(dot, [[7], [7]], [vector, vector], [0, 0])
    expectAliasSafe(outer, [[7], [7]], [vector, vector], [0, 0])
    expectAliasSafe(
      matMul,
      [
        [3, 3],
        [3, 3],
      ],
      [square, square],
      [0, 0],
    )
    const lower = lowerTriangle(stream, 3)
    expectAliasSafe(
      solveLower,
      [
        [3, 3],
        [3, 3],
      ],
      [lower, lower],
      [0, 0],
    )
    expectAliasSafe(
      solveUpper,
      [
        [3, 3],
        [3, 3],
      ],
      [lower, lower],
      [0, 0],
    )
  })
})

describe('log-sum-exp, softmax', () => {
  it.each([logSumExp, softmax, logSoftmax])('$name: the reverse pass is the derivative', kernel => {
    for (const shape of [[5], [3, 4], [1]])
      for (const scale of [1, 30]) expectLawful(kernel, [shape], [normals(stream, sizeOf(shape), scale)], { tolerance: 1e-9 })
  })

  it('neither overflows nor underflows', () => {
    expect(apply(logSumExp, [[2]], [[1000, 1000]])[0]).toBeCloseTo(1000 + Math.LN2, 12)
    expect(apply(logSumExp, [[2]], [[-1000, -1000]])[0]).toBeCloseTo(-1000 + Math.LN2, 12)
    expect(apply(logSoftmax, [[2]], [[0, -2000]])).toEqual(Float64Array.of(0, -2000))
    expect(apply(softmax, [[3]], [[800, 0, -800]])).toEqual(Float64Array.of(1, Math.exp(-800), 0))
  })

  it('the sum of no probability at all is zero, and sends nothing back', () => {
    const instance = logSumExp.instantiate([[2]])
    const values = Float64Array.of(-Infinity, -Infinity, NaN)
    instance.forward(values, 2, [0])
    expect(values[2]).toBe(-Infinity)
    const adjoints = Float64Array.of(0, 0, 1)
    instance.reverse(values, adjoints, 2, [0], [true])
    expect(adjoints).toEqual(Float64Array.of(0, 0, 1))
    expect(apply(logSumExp, [[0]], [[]])[0]).toBe(-Infinity)
    expect(apply(logSumExp, [[2]], [[NaN, 0]])[0]).toBeNaN()
  })
})

describe('Cholesky factor and determinant', () => {
  it.each([1, 2, 3, 5, 9])('of order %i: the reverse pass is the derivative, both triangles alike', D => {
    for (const scale of [1, 1e-6, 1e6]) {
      const matrix = positiveDefinite(stream, D, scale)
      const options = { scale, step: 0.01 }
      expectLawful(cholesky, [[D, D]], [matrix], options)
      expectLawful(logDeterminant, [[D, D]], [matrix], options)
    }
    expectLawful(logDiagonalSum, [[D, D]], [lowerTriangle(stream, D)])
  })

  it('of other matrices it is that of the symmetric part', () => {
    const symmetric = positiveDefinite(stream, 5)
    const skewed = withSkewPart(symmetric, 5)
    for (const kernel of [cholesky, logDeterminant]) {
      const expected = apply(kernel, [[5, 5]], [symmetric])
      apply(kernel, [[5, 5]], [skewed]).forEach((value, k) => {
        expect(value).toBeCloseTo(expected[k], 14)
      })
      expectLawful(kernel, [[5, 5]], [skewed], { step: 0.01 })
    }
  })

  it("the factor of L L' is L", () => {
    const lower = lowerTriangle(stream, 40)
    const factor = apply(cholesky, [[40, 40]], [gram(lower, 40)])
    for (let k = 0; k < 1600; k++) expect(Math.abs(factor[k] - lower[k])).toBeLessThan(1e-13)
  })

  it('the Hilbert matrix of order 4 has determinant 1/6048000', () => {
    const hilbert = Float64Array.from({ length: 16 }, (_, k) => 1 / (Math.floor(k / 4) + (k % 4) + 1))
    expect(apply(logDeterminant, [[4, 4]], [hilbert])[0]).toBeCloseTo(-Math.log(6048000), 11)
    expect(apply(logDiagonalSum, [[4, 4]], [apply(cholesky, [[4, 4]], [hilbert])])[0]).toBeCloseTo(-Math.log(6048000) / 2, 11)
  })

  it('is NaN throughout for a matrix that is not positive definite', () => {
    for (const matrix of [
      [1, 2, 2, 1],
      [1, 1, 1, 1],
      [0, 0, 0, 1],
      [1, NaN, NaN, 1],
      [1, 0, 0, Infinity],
    ]) {
      expect(apply(cholesky, [[2, 2]], [matrix]).every(Number.isNaN)).toBe(true)
      expect(apply(logDeterminant, [[2, 2]], [matrix])[0]).toBeNaN()
    }
  })

  it('takes one matrix after another', () => {
    const instance = logDeterminant.instantiate([[1, 1]])
    const values = Float64Array.of(2, -1, 3, NaN)
    const answers = [0, 1, 2, 0].map(at => {
      instance.forward(values, 3, [at])
      return values[3]
    })
    expect(answers).toEqual(
      [Math.log(2), NaN, Math.log(3), Math.log(2)].map(x => (Number.isNaN(x) ? NaN : 2 * Math.log(Math.sqrt(Math.exp(x))))),
    )
    const adjoints = Float64Array.of(0, 0, 0, 1)
    instance.forward(values, 3, [0])
    instance.reverse(values, adjoints, 3, [2], [true])
    expect(adjoints[2]).toBeCloseTo(1 / 3, 15)
  })
})

describe('triangular solves', () => {
  it.each([
    [1, []],
    [4, []],
    [4, [1]],
    [5, [3]],
    [9, []],
  ])('of order %i with columns %j: the reverse pass is the derivative', (D, columns) => {
    const shape = [D, ...columns]
    for (const scale of [1, 1e-3, 1e3]) {
      const inputs = [lowerTriangle(stream, D, { scale, above: 5 }), normals(stream, sizeOf(shape))]
      const options = { scale, step: 0.01 }
      expectLawful(solveLower, [[D, D], shape], inputs, options)
      expectLawful(solveUpper, [[D, D], shape], inputs, options)
    }
  })

  it('one after the other solve the symmetric system', () => {
    const D = 30
    const lower = lowerTriangle(stream, D)
    const x = normals(stream, D)
    const b = apply(dot, [[D, D], [D]], [gram(lower, D), x])
    const solution = apply(solveUpper, [[D, D], [D]], [lower, apply(solveLower, [[D, D], [D]], [lower, b])])
    for (let k = 0; k < D; k++) expect(solution[k]).toBeCloseTo(x[k], 12)
  })
})

describe('shapes that do not fit', () => {
  const cases: [Kernel, Shapes, string][] = [
    [dot, [[3], [4]], '"dot" takes [.., D] and [D], but was given [3] and [4]'],
    [dot, [[3], [3], [3]], '"dot" takes [.., D] and [D], but was given [3] and [3] and [3]'],
    [
      matMul,
      [
        [2, 3],
        [4, 5],
      ],
      '"matMul" takes [M, K] and [K, N], but was given [2, 3] and [4, 5]',
    ],
    [outer, [[2, 2], [2]], '"outer" takes [M] and [N], but was given [2, 2] and [2]'],
    [transpose, [[3]], '"transpose" takes [M, N], but was given [3]'],
    [cholesky, [[2, 3]], '"cholesky" takes [D, D], but was given [2, 3]'],
    [logDeterminant, [[]], '"logDeterminant" takes [D, D], but was given []'],
    [logDiagonalSum, [], '"logDiagonalSum" takes [D, D], but was given nothing'],
    [solveLower, [[2, 2], [3]], '"solveLower" takes [D, D] and [D], or [D, D] and [D, N], but was given [2, 2] and [3]'],
    [
      solveUpper,
      [
        [2, 2],
        [3, 2],
      ],
      '"solveUpper" takes [D, D] and [D], or [D, D] and [D, N], but was given [2, 2] and [3, 2]',
    ],
    [quadraticForm, [[2], [3, 3]], '"quadraticForm" takes [D] and [D, D], but was given [2] and [3, 3]'],
    [diagonal, [[2]], '"diagonal" takes [D, D], but was given [2]'],
    [diagonalMatrix, [[2, 2]], '"diagonalMatrix" takes [D], but was given [2, 2]'],
    [cumulativeSum, [[]], '"cumulativeSum" takes [.., N], but was given []'],
    [logSumExp, [[]], '"logSumExp" takes [.., N], but was given []'],
    [softmax, [[]], '"softmax" takes [.., N], but was given []'],
    [logSoftmax, [[]], '"logSoftmax" takes [.., N], but was given []'],
  ]
  it.each(cases.map(([kernel, shapes, message]) => ({ kernel, shapes, message })))('$message', ({ kernel, shapes, message }) => {
    expect(() => kernel.instantiate(shapes)).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE', message }))
  })
})
