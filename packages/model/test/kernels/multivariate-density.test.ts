import { createStream, prngKey } from '@chorale/random'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as kernels from '../../src/kernels/index.js'
import {
  categoricalLogits,
  choleskyCorrelationTransform,
  dirichlet,
  inverseWishart,
  type Kernel,
  lkjCholesky,
  multinomialLogits,
  multivariateNormalCholesky,
  multivariateNormalPrecision,
  multivariateStudentCholesky,
  simplexTransform,
  wishart,
} from '../../src/kernels/index.js'
import { apply, expectAliasSafe, expectLawful, pullBack, type Shapes } from './kernel-law.js'
import { lowerTriangle, normals, positiveDefinite, withSkewPart } from './random-input.js'

const stream = createStream(prngKey(3))
const golden = (name: string): unknown => JSON.parse(readFileSync(`${import.meta.dirname}/../golden/${name}.json`, 'utf8'))

interface DensityCase {
  readonly kernel: keyof typeof kernels
  readonly shapes: Shapes
  readonly inputs: readonly number[][]
  readonly value: number
}

describe('log densities agree with SciPy, normalising constants included', () => {
  const { cases } = golden('multivariate-densities') as { cases: readonly DensityCase[] }
  it.each([...new Set(cases.map(({ kernel }) => kernel))])('%s', name => {
    for (const { shapes, inputs, value } of cases.filter(({ kernel }) => kernel === name)) {
      const difference = apply(kernels[name] as Kernel, shapes, inputs)[0] - value
      expect(Math.abs(difference)).toBeLessThanOrEqual(2e-12 * (10 + Math.abs(value)))
    }
  })
})

it('a multivariate t is right from 0.001 to 1e15 degrees of freedom', () => {
  const { cases } = golden('multivariate-student-degrees') as {
    cases: readonly { readonly size: number; readonly nu: number; readonly value: number; readonly slope: number }[]
  }
  for (const { size, nu, value, slope } of cases) {
    const shapes = [[size], [size], [size, size], []]
    const x = Float64Array.from({ length: size }, (_, i) => 0.5 + 0.25 * i)
    const identity = Float64Array.from({ length: size * size }, (_, k) => (k % (size + 1) === 0 ? 1 : 0))
    const inputs = [x, new Float64Array(size), identity, [nu]]
    const terms = size * (1 + Math.abs(Math.log(nu)))
    expect(Math.abs(apply(multivariateStudentCholesky, shapes, inputs)[0] - value)).toBeLessThan(1e-14 * (terms + Math.abs(value)))
    const gradient = pullBack(multivariateStudentCholesky, shapes, inputs, [1])[3][0]
    expect(Math.abs(gradient - slope)).toBeLessThan(1e-13 * (Math.abs(slope) + size / nu))
  }
})

const simplex = (n: number, scale: number) => apply(simplexTransform.kernel([n]), [[n - 1]], [normals(stream, n - 1, scale)]).slice(0, n)
const positives = (size: number) => Float64Array.from({ length: size }, () => 0.2 + 3 * stream.uniform())
const correlationFactor = (D: number) =>
  apply(choleskyCorrelationTransform.kernel([D, D]), [[(D * (D - 1)) / 2]], [normals(stream, (D * (D - 1)) / 2, 0.5)]).slice(0, D * D)

describe('the reverse pass is the derivative', () => {
  it.each([1, 2, 3, 6, 9])('of elliptical densities with %i dimensions, near the mean and far off', D => {
    for (const distance of [0, 1, 30]) {
      const location = [normals(stream, D, distance), normals(stream, D)]
      const lower = lowerTriangle(stream, D, { above: 3 })
      expectLawful(multivariateNormalCholesky, [[D], [D], [D, D]], [...location, lower])
      expectLawful(multivariateNormalPrecision, [[D], [D], [D, D]], [...location, positiveDefinite(stream, D)])
      for (const nu of [1, 4, 200]) {
        const freedom = Float64Array.of(nu)
        expectLawful(multivariateStudentCholesky, [[D], [D], [D, D], []], [...location, lower, freedom])
      }
    }
  })

  it.each([1, 2, 4])('of Wishart and inverse-Wishart densities of order %i', D => {
    for (const nu of [D - 0.3, D + 4, 60]) {
      const inputs = [positiveDefinite(stream, D), Float64Array.of(nu), positiveDefinite(stream, D)]
      for (const kernel of [wishart, inverseWishart]) expectLawful(kernel, [[D, D], [], [D, D]], inputs, { step: 0.01, tolerance: 1e-7 })
    }
  })

  it('of densities given symmetric matrices, when the triangles differ', () => {
    const [matrix, scale] = [1, 2].map(() => withSkewPart(positiveDefinite(stream, 3), 3))
    for (const kernel of [wishart, inverseWishart])
      expectLawful(kernel, [[3, 3], [], [3, 3]], [matrix, Float64Array.of(6), scale], { step: 0.01, tolerance: 1e-7 })
    expectLawful(multivariateNormalPrecision, [[3], [3], [3, 3]], [normals(stream, 3), normals(stream, 3), matrix])
  })

  it.each([1, 2, 5])('of the LKJ density of order %i', D => {
    for (const eta of [0.4, 1, 20]) expectLawful(lkjCholesky, [[D, D], []], [correlationFactor(D), Float64Array.of(eta)], { step: 0.005 })
  })

  it.each([2, 5])('of masses and densities on a simplex with %i elements', n => {
    const logits = normals(stream, n, 2)
    expectLawful(dirichlet, [[n], [n]], [simplex(n, 0.4), positives(n)], { step: 0.002 })
    expectLawful(categoricalLogits, [[], [n]], [Float64Array.of(1), logits], { constant: [0] })
    const counts = Float64Array.from({ length: n }, () => stream.integer(9))
    expectLawful(multinomialLogits, [[n], [n]], [counts, logits], { constant: [0], tolerance: 1e-7 })
  })

  it('when inputs are one and the same array', () => {
    const matrix = positiveDefinite(stream, 3)
    const vector = positives(3)
    expectAliasSafe(wishart, [[3, 3], [], [3, 3]], [matrix, Float64Array.of(5), matrix], [0, 1, 0])
    expectAliasSafe(inverseWishart, [[3, 3], [], [3, 3]], [matrix, Float64Array.of(5), matrix], [0, 1, 0])
    for (const kernel of [multivariateNormalCholesky, multivariateNormalPrecision])
      expectAliasSafe(kernel, [[3], [3], [3, 3]], [vector, vector, matrix], [0, 0, 2])
    expectAliasSafe(dirichlet, [[3], [3]], [vector, vector], [0, 0])
  })
})

describe('outside of the domain', () => {
  const value = (kernel: Kernel, shapes: Shapes, inputs: readonly number[][]) => apply(kernel, shapes, inputs)[0]
  const identity = [1, 0, 0, 1]
  const indefinite = [1, 2, 2, 1]

  it('a parameter gives NaN', () => {
    expect(
      value(
        multivariateNormalCholesky,
        [[2], [2], [2, 2]],
        [
          [0, 0],
          [0, 0],
          [1, 0, 0, -1],
        ],
      ),
    ).toBeNaN()
    expect(value(multivariateNormalPrecision, [[2], [2], [2, 2]], [[0, 0], [0, 0], indefinite])).toBeNaN()
    expect(value(multivariateStudentCholesky, [[2], [2], [2, 2], []], [[0, 0], [0, 0], identity, [-1]])).toBeNaN()
    expect(value(wishart, [[2, 2], [], [2, 2]], [identity, [1], identity])).toBeNaN()
    expect(value(wishart, [[2, 2], [], [2, 2]], [identity, [4], indefinite])).toBeNaN()
    expect(value(inverseWishart, [[2, 2], [], [2, 2]], [identity, [4], indefinite])).toBeNaN()
    expect(value(lkjCholesky, [[2, 2], []], [identity, [0]])).toBeNaN()
    expect(
      value(
        dirichlet,
        [[2], [2]],
        [
          [0.5, 0.5],
          [1, -1],
        ],
      ),
    ).toBeNaN()
  })

  it('a value has density zero', () => {
    expect(value(wishart, [[2, 2], [], [2, 2]], [indefinite, [4], identity])).toBe(-Infinity)
    expect(value(inverseWishart, [[2, 2], [], [2, 2]], [indefinite, [4], identity])).toBe(-Infinity)
    expect(
      value(
        dirichlet,
        [[2], [2]],
        [
          [-0.5, 1.5],
          [2, 2],
        ],
      ),
    ).toBe(-Infinity)
    for (const category of [-1, 2, 0.5, NaN]) expect(value(categoricalLogits, [[], [2]], [[category], [0, 0]])).toBe(-Infinity)
    for (const count of [-1, 0.5, NaN])
      expect(
        value(
          multinomialLogits,
          [[2], [2]],
          [
            [count, 1],
            [0, 0],
          ],
        ),
      ).toBe(-Infinity)
  })

  it('on the border, what cannot matter does not', () => {
    expect(
      value(
        dirichlet,
        [[3], [3]],
        [
          [0, 0.5, 0.5],
          [1, 1, 1],
        ],
      ),
    ).toBeCloseTo(Math.LN2, 14)
    expect(
      value(
        multinomialLogits,
        [[2], [2]],
        [
          [0, 3],
          [-Infinity, 0],
        ],
      ),
    ).toBeCloseTo(0, 14)
    expect(value(lkjCholesky, [[2, 2], []], [[1, 0, 1, 0], [1]])).toBeCloseTo(-Math.LN2, 14)
  })
})

it('a precision matrix that changes and changes back is not mixed up with its factor', () => {
  const instance = multivariateNormalPrecision.instantiate([[1], [1], [1, 1]])
  const density = (precision: number) => {
    const values = Float64Array.of(1, 0, precision, NaN)
    instance.forward(values, 3, [0, 1, 2])
    const adjoints = Float64Array.of(0, 0, 0, 1)
    instance.reverse(values, adjoints, 3, [0, 1, 2], [true, true, true])
    return [values[3], adjoints[2]]
  }
  const once = density(4)
  expect(density(9)[1]).toBeCloseTo(0.5 * (1 / 9 - 1), 15)
  expect(density(4)).toEqual(once)
  expect(once[1]).toBeCloseTo(0.5 * (1 / 4 - 1), 15)
})

it('shapes that do not fit are refused', () => {
  const cases: [Kernel, Shapes, string][] = [
    [multivariateNormalCholesky, [[2], [3], [2, 2]], '[D] and [D] and [D, D], but was given [2] and [3] and [2, 2]'],
    [multivariateNormalPrecision, [[2], [2], [2]], '[D] and [D] and [D, D], but was given [2] and [2] and [2]'],
    [multivariateStudentCholesky, [[2], [2], [2, 2], [1]], '[D] and [D] and [D, D] and [], but was given [2] and [2] and [2, 2] and [1]'],
    [wishart, [[2, 2], [], [3, 3]], '[D, D] and [] and [D, D], but was given [2, 2] and [] and [3, 3]'],
    [inverseWishart, [[2, 2], []], '[D, D] and [] and [D, D], but was given [2, 2] and []'],
    [lkjCholesky, [[2, 3], []], '[D, D] and [], but was given [2, 3] and []'],
    [dirichlet, [[2], [3]], '[n] and [n], but was given [2] and [3]'],
    [categoricalLogits, [[1], [3]], '[] and [n], but was given [1] and [3]'],
    [multinomialLogits, [[2], [3]], '[n] and [n], but was given [2] and [3]'],
  ]
  for (const [kernel, shapes, text] of cases) {
    const message = `"${kernel.name}" takes ${text}`
    expect(() => kernel.instantiate(shapes)).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE', message }))
  }
})
