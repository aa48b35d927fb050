import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { multivariateFamilies } from '../../src/distributions/catalog-multivariate.js'
import type { Distribution } from '../../src/distributions/distribution.js'
import { dirichlet } from '../../src/distributions/dirichlet.js'
import { inverseWishart } from '../../src/distributions/inverse-wishart.js'
import { lkjCholesky } from '../../src/distributions/lkj-cholesky.js'
import { multinomial, multinomialLogits } from '../../src/distributions/multinomial.js'
import { multivariateNormal } from '../../src/distributions/multivariate-normal.js'
import { multivariateStudentT } from '../../src/distributions/multivariate-student-t.js'
import { wishart } from '../../src/distributions/wishart.js'
import { matMul, softmax, transpose } from '../../src/expression/linear-algebra.js'
import { Value, value } from '../../src/expression/value.js'
import { constant } from '../../src/graph/build.js'
import { at, correlated, inverse, numbersOf } from './multivariate-fixtures.js'

interface GoldenCase {
  readonly kernel: string
  readonly shapes: readonly (readonly number[])[]
  readonly inputs: readonly (readonly number[])[]
  readonly value: number
}

const { cases } = JSON.parse(readFileSync(`${import.meta.dirname}/../golden/multivariate-densities.json`, 'utf8')) as {
  cases: readonly GoldenCase[]
}

describe('log densities agree with SciPy, normalising constants included', () => {
  /** The golden factors have numbers above the diagonal, which a density does not read. */
  const gramOf = (factor: Value): Value => {
    const lower = new Value(
      constant(
        Float64Array.from(numbersOf(factor), (x, k) => (k % factor.length <= Math.floor(k / factor.length) ? x : 0)),
        factor.node.shape,
      ),
    )
    return matMul(lower, transpose(lower))
  }
  const total = (counts: Value): number => numbersOf(counts.sum())[0]
  const made: Readonly<Record<string, (given: readonly Value[]) => readonly Distribution[]>> = {
    multivariateNormalCholesky: ([, mean, cholesky]) => [
      multivariateNormal(mean, { cholesky }),
      multivariateNormal(mean, { covariance: gramOf(cholesky) }),
    ],
    multivariateNormalPrecision: ([, mean, precision]) => [multivariateNormal(mean, { precision })],
    multivariateStudentCholesky: ([, location, cholesky, df]) => [
      multivariateStudentT(df, location, { cholesky }),
      multivariateStudentT(df, location, { scale: gramOf(cholesky) }),
    ],
    dirichlet: ([, concentration]) => [dirichlet(concentration)],
    multinomialLogits: ([counts, logits]) => [multinomialLogits(total(counts), logits), multinomial(total(counts), softmax(logits))],
    lkjCholesky: ([factor, concentration]) => [lkjCholesky(factor.length, concentration)],
    wishart: ([, df, scale]) => [wishart(df, scale)],
    inverseWishart: ([, df, scale]) => [inverseWishart(df, scale)],
  }
  it.each(Object.keys(made))('%s', kernel => {
    const chosen = cases.filter(one => one.kernel === kernel)
    expect(chosen.length).toBeGreaterThan(0)
    for (const { shapes, inputs, value: expected } of chosen) {
      const given = inputs.map((entries, k) => new Value(constant(Float64Array.from(entries), { plates: [], event: shapes[k] })))
      for (const distribution of made[kernel](given)) {
        expect(distribution.event).toEqual(shapes[0])
        expect(Math.abs(at(distribution, given[0]) - expected)).toBeLessThanOrEqual(1e-11 * (10 + Math.abs(expected)))
      }
    }
  })
})

describe('the three ways to give a multivariate normal are one distribution', () => {
  it('covariance and precision', () => {
    const x = value([0.3, -1, 2])
    const [mean, byCovariance] = [value([1, 2, 3]), multivariateNormal([1, 2, 3], { covariance: correlated })]
    expect(at(multivariateNormal(mean, { precision: inverse }), x)).toBeCloseTo(at(byCovariance, x), 12)
    const cholesky = byCovariance.arguments['Cholesky factor of the covariance']
    expect(at(multivariateNormal(mean, { cholesky }), x)).toBeCloseTo(at(byCovariance, x), 13)
  })

  it('a number as mean stands for all entries', () => {
    const x = value([0.3, -1, 2])
    expect(at(multivariateNormal(1.5, { covariance: correlated }), x)).toBe(
      at(multivariateNormal([1.5, 1.5, 1.5], { covariance: correlated }), x),
    )
  })

  it.each(['covariance', 'cholesky', 'precision'] as const)('standardized by %s: there and back', kind => {
    const matrix =
      kind === 'cholesky'
        ? [
            [1, 0, 0],
            [0.5, 2, 0],
            [-1, 0.3, 0.7],
          ]
        : correlated
    const { standardized } = multivariateNormal([1, 2, 3], { [kind]: matrix })
    const z = value([0.4, -1.3, 2.2])
    numbersOf(standardized!.to(standardized!.from(z))).forEach((x, k) => expect(x).toBeCloseTo(numbersOf(z)[k], 13))
  })

  it('the density is that of the standardized value, times the determinant', () => {
    for (const distribution of [
      multivariateNormal([1, 2, 3], { covariance: correlated }),
      multivariateStudentT(4, [1, 2, 3], { scale: correlated }),
    ]) {
      const { standard, to } = distribution.standardized!
      const x = value([0.1, 3, 2])
      const ofStandard = numbersOf(standard.logDensity(to(x))).reduce((a, b) => a + b, 0)
      expect(at(distribution, x)).toBeCloseTo(ofStandard - 0.5 * Math.log(0.528), 12)
    }
  })
})

describe('outside of the domain', () => {
  it('counts with another total have probability zero', () => {
    expect(at(multinomial(4, [0.5, 0.5]), value([1, 2]))).toBe(-Infinity)
    expect(at(multinomialLogits(4, [0, 0]), value([1, 2]))).toBe(-Infinity)
  })

  it('an impossible category that was not seen adds nothing; one that was seen makes the probability zero', () => {
    expect(at(multinomial(3, [0.5, 0.5, 0]), value([1, 2, 0]))).toBeCloseTo(Math.log(3 / 8), 14)
    expect(at(multinomial(3, [0.5, 0.5, 0]), value([1, 1, 1]))).toBe(-Infinity)
  })

  it('a matrix that is not positive definite leaves a NaN among the arguments, which binding refuses', () => {
    const indefinite = [
      [1, 2],
      [2, 1],
    ]
    for (const distribution of [
      multivariateNormal(0, { covariance: indefinite }),
      multivariateNormal(0, { precision: indefinite }),
      multivariateStudentT(3, 0, { scale: indefinite }),
      wishart(3, indefinite),
      inverseWishart(3, indefinite),
    ]) {
      const broken = Object.entries(distribution.arguments).filter(([, argument]) => numbersOf(argument).some(Number.isNaN))
      expect(broken.map(([name]) => name)).toEqual([expect.stringContaining('Cholesky factor')])
      expect(Object.keys(distribution.domains).sort()).toEqual(Object.keys(distribution.arguments).sort())
    }
  })

  it.each([
    [
      'a mean of another length',
      () => multivariateNormal([1, 2], { covariance: correlated }),
      'the mean of multivariateNormal has shape [2]',
    ],
    [
      'a covariance that is not square',
      () => multivariateNormal(0, { covariance: [[1, 2]] }),
      'the covariance of multivariateNormal has shape [1, 2]',
    ],
    ['a concentration that is not a vector', () => dirichlet(value(1)), 'the concentration of dirichlet has shape []'],
    ['a dimension that is none', () => lkjCholesky(0, 1), 'lkjCholesky has dimension 0'],
  ])('%s is refused', (_name, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'CHORALE_MODEL_SHAPE', message }))
  })

  it.each([
    ['no matrix', {}, 'got none'],
    ['two matrices', { covariance: correlated, precision: correlated }, 'got covariance and precision'],
  ])('%s is refused', (_name, spread, message) => {
    expect(() => multivariateNormal(0, spread)).toThrow(
      expect.objectContaining({ code: 'CHORALE_MODEL_PARAMETER', message: expect.stringContaining(message) }),
    )
  })
})

it('the reference names every family once, as the distribution calls itself', () => {
  const identity = [
    [1, 0],
    [0, 1],
  ]
  const families = [
    multivariateNormal(0, { covariance: identity }),
    multivariateStudentT(3, 0, { scale: identity }),
    dirichlet([1, 1]),
    multinomial(1, [0.5, 0.5]),
    multinomialLogits(1, [0, 0]),
    lkjCholesky(2, 1),
    wishart(3, identity),
    inverseWishart(3, identity),
  ]
  expect(multivariateFamilies.map(({ name }) => name)).toEqual(families.map(({ name }) => name))
})
