import { describe, expect, it } from 'vitest'

import { gather, reshaped, scaleColumns, scaleRows, slice, stack } from '../../src/expression/arrays.js'
import * as f from '../../src/expression/elementary.js'
import {
  cholesky,
  cumulativeSum,
  diagonal,
  diagonalMatrix,
  logDeterminant,
  logDiagonalSum,
  logSoftmax,
  logSumExp,
  matMul,
  matVec,
  outer,
  quadraticForm,
  softmax,
  solveLower,
  solveUpper,
  transpose,
} from '../../src/expression/linear-algebra.js'
import { mean, meanOver, sum, sumOver } from '../../src/expression/reductions.js'
import { Value, value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import { evaluate } from '../../src/graph/evaluate.js'
import type { Plate } from '../../src/graph/plate.js'

const numbers = (x: Value): number[] => Array.from(evaluate(x.node, new Map()))
const schools: Plate = { name: 'schools', size: 2, role: 'fixed', order: 1 }
const years: Plate = { name: 'years', size: 3, role: 'fixed', order: 2 }
const over = (plates: readonly Plate[], event: readonly number[], ...entries: number[]): Value =>
  new Value(constant(Float64Array.from(entries), { plates, event }))

describe('functions of one number, at points with known values', () => {
  it.each([
    ['exp', f.exp, 1, Math.E],
    ['expm1', f.expm1, 1e-12, 1.0000000000005e-12],
    ['log', f.log, Math.E, 1],
    ['log1p', f.log1p, 1e-12, 9.999999999995e-13],
    ['log1mExp', f.log1mExp, -Math.LN2, -Math.LN2],
    ['sqrt', f.sqrt, 2, Math.SQRT2],
    ['square', f.square, -3, 9],
    ['neg', f.neg, 2, -2],
    ['abs', f.abs, -2, 2],
    ['sin', f.sin, Math.PI / 6, 0.5],
    ['cos', f.cos, Math.PI / 3, 0.5],
    ['tanh', f.tanh, 0.5 * Math.log(3), 0.5],
    ['atan', f.atan, 1, Math.PI / 4],
    ['logistic', f.logistic, Math.log(3), 0.75],
    ['logit', f.logit, 0.75, Math.log(3)],
    ['softplus', f.softplus, 0, Math.LN2],
    ['lgamma', f.lgamma, 5, Math.log(24)],
    ['digamma', f.digamma, 1, -0.5772156649015329],
    ['erf', f.erf, 1, 0.8427007929497149],
    ['normalCdf', f.normalCdf, 1.959963984540054, 0.975],
    ['logNormalCdf', f.logNormalCdf, 0, -Math.LN2],
    ['floor', f.floor, -1.5, -2],
  ] as const)('%s', (_name, apply, x, expected) => {
    expect(Math.abs(numbers(apply(x))[0] - expected)).toBeLessThanOrEqual(1e-14 * Math.abs(expected))
  })

  it('of two numbers', () => {
    expect(numbers(f.pow(2, 0.5))[0]).toBeCloseTo(Math.SQRT2, 15)
    expect(numbers(f.lbeta(2, 3))[0]).toBeCloseTo(-Math.log(12), 14)
    expect(numbers(f.logAddExp(1000, 1000))[0]).toBeCloseTo(1000 + Math.LN2, 12)
    expect(numbers(f.logSubExp(Math.log(3), 0))[0]).toBeCloseTo(Math.LN2, 15)
    expect(
      [f.minimum(1, 2), f.maximum(1, 2), f.lessThan(1, 2), f.atMost(2, 2), f.greaterThan(1, 2), f.atLeast(1, 2), f.equals(2, 2)].flatMap(
        numbers,
      ),
    ).toEqual([1, 2, 1, 1, 0, 0, 1])
    expect(numbers(f.select(value([1, 0]), 5, 6))).toEqual([5, 6])
    expect([f.add(1, 2, 3), f.mul(2, 3, 4), f.sub(1, 2), f.div(1, 2)].flatMap(numbers)).toEqual([6, 24, -1, 0.5])
  })
})

describe('sums and means', () => {
  const x = over([schools, years], [2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)

  it('over the entries of each element keep the plates', () => {
    expect(numbers(sum(x))).toEqual([3, 7, 11, 15, 19, 23])
    expect(numbers(mean(x))).toEqual([1.5, 3.5, 5.5, 7.5, 9.5, 11.5])
  })

  it('over a plate keep the others and the shape of an element', () => {
    expect(numbers(sumOver(x, 'years'))).toEqual([9, 12, 27, 30])
    expect(sumOver(x, 'years').node.shape).toEqual({ plates: [schools], event: [2] })
    expect(numbers(sumOver(x, 'schools'))).toEqual([8, 10, 12, 14, 16, 18])
    expect(numbers(sumOver(x))).toEqual([36, 42])
    expect(numbers(meanOver(x))).toEqual([6, 7])
  })

  it('over a plate that the value does not have are refused', () => {
    expect(() => sumOver(x, 'towns')).toThrow(
      expect.objectContaining({ code: 'CHORALE_MODEL_PLATE', message: expect.stringContaining('"towns"') }),
    )
    expect(() => meanOver(value([1, 2]))).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_PLATE' }))
  })
})

describe('arrays', () => {
  const a = value([
    [1, 2, 3],
    [4, 5, 6],
  ])

  it('are taken apart and put together', () => {
    expect(numbers(gather(a, -1))).toEqual([4, 5, 6])
    expect(numbers(slice(a, 1))).toEqual([4, 5, 6])
    expect(slice(a, 0, 1).event).toEqual([1, 3])
    expect(stack(value([1, 2]), value([3, 4])).event).toEqual([2, 2])
    expect(reshaped(a, [3, 2]).event).toEqual([3, 2])
  })

  it('an index takes the entry of each row', () => {
    const rows: Plate = { name: 'rows', size: 4, role: 'rows', order: 0 }
    const index = {
      name: 'school',
      levels: 2,
      codes: Int32Array.of(1, 0, 0, 1),
      plates: [rows],
      isIndexOf: (plate: Plate) => plate === schools,
    }
    expect(numbers(gather(over([schools], [], 10, 20), index))).toEqual([20, 10, 10, 20])
  })

  it('rows and columns are scaled by diagonal matrices', () => {
    expect(numbers(scaleRows(a, value([2, 10])))).toEqual(numbers(matMul(diagonalMatrix(value([2, 10])), a)))
    expect(numbers(scaleColumns(a, value([2, 3, 4])))).toEqual(numbers(matMul(a, diagonalMatrix(value([2, 3, 4])))))
    expect(() => scaleRows(a, value([1, 2, 3]))).toThrow(
      expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE', message: expect.stringContaining('scaleRows') }),
    )
  })
})

describe('linear algebra', () => {
  const lower = value([
    [2, 0],
    [1, 3],
  ])
  const covariance = value([
    [4, 2],
    [2, 10],
  ])

  it('a Cholesky factor gives the matrix, its determinant and its inverse times a vector', () => {
    expect(numbers(cholesky(covariance))).toEqual([2, 0, 1, 3])
    expect(numbers(matMul(lower, transpose(lower)))).toEqual([4, 2, 2, 10])
    expect(numbers(logDeterminant(covariance))[0]).toBeCloseTo(Math.log(36), 14)
    expect(numbers(logDiagonalSum(lower))[0]).toBeCloseTo(Math.log(6), 14)
    const solution = solveUpper(lower, solveLower(lower, value([8, 14])))
    const [first, second] = numbers(matVec(covariance, solution))
    expect(first).toBeCloseTo(8, 13)
    expect(second).toBeCloseTo(14, 13)
  })

  it('products', () => {
    expect(numbers(quadraticForm(value([1, 2]), covariance))).toEqual([52])
    expect(numbers(outer(value([1, 2]), value([3, 4])))).toEqual([3, 4, 6, 8])
    expect(numbers(diagonal(covariance))).toEqual([4, 10])
  })

  it('along the last axis', () => {
    const x = value([0, Math.log(3), -1000])
    expect(numbers(logSumExp(x))[0]).toBeCloseTo(Math.log(4), 15)
    expect(numbers(softmax(x))).toEqual([0.25, expect.closeTo(0.75, 15), 0])
    expect(numbers(logSoftmax(x))[2]).toBeCloseTo(-1000 - Math.log(4), 12)
    expect(numbers(cumulativeSum(value([1, 2, 4])))).toEqual([1, 3, 7])
  })
})

describe('entries by number', () => {
  it('are those of one group where there is a number for each group, from the end too', () => {
    const means = over([schools], [], 3, 7)
    expect(numbers(means.at(0))).toEqual([3])
    expect(numbers(means.at(-1))).toEqual([7])
    expect(means.at(1).node.shape.plates).toEqual([])
  })

  it('keep the other plates', () => {
    expect(numbers(over([schools, years], [], 1, 2, 3, 4, 5, 6).at(1))).toEqual([4, 5, 6])
  })

  it('that do not exist are refused with what does', () => {
    expect(() => over([schools], [], 3, 7).at(2)).toThrow(/Entry 2 of .*schools \(2\).* does not exist/)
  })
})

describe('what is no value', () => {
  it.each([
    ['an array', [1, 2], /got an array/],
    ['nothing', undefined, /got a thing of type undefined/],
    ['null', null, /got null/],
  ])('%s is refused as such', (_, other, message) => {
    expect(() => f.exp(other as unknown as number)).toThrow(message)
  })
})
