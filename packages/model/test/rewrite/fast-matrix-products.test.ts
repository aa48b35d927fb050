import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { compileDensity, valueAndGradient } from '../../src/compiler/compile-density.js'
import { multivariateNormal } from '../../src/distributions/multivariate-normal.js'
import { dot, quadraticForm } from '../../src/expression/linear-algebra.js'
import { Value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import { rewriteProgram } from '../../src/rewrite/rewrite.js'
import { positiveDefinite, lowerTriangle } from '../kernels/random-input.js'
import { ProgramBuilder } from '../compiler/programs.js'

const powers = { prior: 0.5, jacobian: 1, likelihood: 1 }
const stream = createStream(prngKey(12))
const matrixOf = (values: Float64Array, rows: number): Value =>
  new Value(constant(values, { plates: [], event: [rows, values.length / rows] }))
const order = 40

function expectSame(build: (p: ProgramBuilder, x: Value) => void, replaced: string | undefined): void {
  const p = new ProgramBuilder()
  build(p, p.parameter('x', { plates: [], event: [order] }))
  const program = p.program()
  const rewritten = rewriteProgram(program)
  expect(rewritten.kernels.map(({ reason }) => reason)).toEqual(replaced === undefined ? [] : [`constant matrix ${replaced}`])
  const position = Float64Array.from({ length: program.dimension }, () => stream.normal())
  const direct = valueAndGradient(compileDensity(program), position, powers)
  const fast = valueAndGradient(compileDensity(rewritten.program), position, powers)
  const size = direct.gradient.reduce((most, slope) => Math.max(most, Math.abs(slope)), Math.abs(direct.value))
  expect(Math.abs(fast.value - direct.value)).toBeLessThan(1e-12 * size)
  direct.gradient.forEach((slope, k) => expect(Math.abs(fast.gradient[k] - slope)).toBeLessThan(1e-12 * size))
}

describe('products with large constant matrices by WebAssembly are the same numbers', () => {
  const precision = matrixOf(positiveDefinite(stream, order), order)

  it('a normal with a dense precision matrix', () =>
    expectSame((p, x) => p.term('prior', multivariateNormal(0.5, { precision }).logDensity(x)), '40 x 40'))
  it('a normal with a dense covariance', () =>
    expectSame((p, x) => p.term('prior', multivariateNormal(0.5, { covariance: precision }).logDensity(x)), '40 x 40'))
  it('a normal with a known factor and an unknown mean', () =>
    expectSame(
      (p, x) =>
        p.term('prior', multivariateNormal(p.parameter('mean'), { cholesky: matrixOf(lowerTriangle(stream, order), order) }).logDensity(x)),
      '40 x 40',
    ))
  it('a quadratic form that is not symmetric', () =>
    expectSame(
      (p, x) =>
        p.term(
          'prior',
          quadraticForm(
            x,
            matrixOf(
              Float64Array.from({ length: order * order }, () => stream.normal()),
              order,
            ),
          ).mul(-0.5),
        ),
      '40 x 40',
    ))
  it('a matrix times a vector', () =>
    expectSame(
      (p, x) =>
        p.term(
          'prior',
          dot(
            matrixOf(
              Float64Array.from({ length: 25 * order }, () => stream.normal()),
              25,
            ),
            x,
          )
            .square()
            .mul(-0.5),
        ),
      '25 x 40',
    ))
  it('small ones stay in the loop', () =>
    expectSame(
      (p, x) =>
        p.term(
          'prior',
          dot(matrixOf(new Float64Array(3 * order).fill(0.1), 3), x)
            .square()
            .mul(-0.5),
        ),
      undefined,
    ))
})
