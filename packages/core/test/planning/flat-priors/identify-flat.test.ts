import { createStream, prngKey } from '@chorale/random'
import { describe, expect, test } from 'vitest'

import type { BoundModel } from '../../../src/contracts/index.js'
import { findFlatDirection } from '../../../src/planning/flat-priors/identify-flat.js'

type Column = (row: number) => number
const ROWS = 300
const stream = createStream(prngKey(4))
const noise = Array.from({ length: 6 }, () => Float64Array.from({ length: ROWS }, () => stream.normal()))
const normal =
  (column: number): Column =>
  row =>
    noise[column]![row]!

/** Log likelihoods as functions of the linear predictor of a row, by their derivative. */
const FAMILIES = {
  normal: (eta: number, row: number) => noise[5]![row]! - eta,
  logistic: (eta: number, row: number) => (noise[5]![row]! > 0 ? 1 : 0) - 1 / (1 + Math.exp(-eta)),
  poisson: (eta: number) => 2 - Math.exp(eta),
}

/** A generalised linear model with these columns; the likelihood's value does not matter to the check. */
function regression(columns: readonly Column[], family: keyof typeof FAMILIES = 'normal', rows = ROWS): BoundModel {
  const d = columns.length
  return {
    parameters: [{ name: 'beta', shape: [d], support: 'real', scope: 'global', offset: 0, size: d, prior: 'flat' }],
    dimension: d,
    logDensityInto(gradient, position, { likelihood }) {
      gradient.fill(0)
      for (let row = 0; row < rows; row++) {
        const eta = columns.reduce((total, x, j) => total + x(row) * position[j]!, 0)
        const slope = likelihood * FAMILIES[family](eta, row)
        columns.forEach((x, j) => (gradient[j]! += slope * x(row)))
      }
      return 0
    },
    constrainInto: (values, position) => values.set(position),
    unconstrainInto: (position, values) => position.set(values),
  }
}

const all = (columns: readonly unknown[]) => columns.map((_, i) => i)
const find = (columns: readonly Column[], family?: keyof typeof FAMILIES) =>
  findFlatDirection(regression(columns, family), all(columns), prngKey(1))

describe.each(Object.keys(FAMILIES) as (keyof typeof FAMILIES)[])('a %s regression with flat priors', family => {
  test('whose columns are independent is identified', () => {
    expect(find([() => 1, normal(0), normal(1), normal(2)], family)).toBeUndefined()
  })
  test('is not where a column is zero in every row', () => {
    expect(find([() => 1, () => 0, normal(1)], family)).toEqual(new Map([[1, 1]]))
  })
  test('is not where two columns are proportional: their shares cancel', () => {
    const direction = find([() => 1, normal(0), normal(1), row => -3 * normal(0)(row)], family)!
    expect([...direction.keys()].sort()).toEqual([1, 3])
    expect(direction.get(1)! / direction.get(3)!).toBeCloseTo(3, 8)
  })
  test('is not where a column is the sum of two others', () => {
    const direction = find([() => 1, normal(0), normal(1), row => normal(0)(row) + normal(1)(row), normal(2)], family)!
    expect([...direction.keys()].sort()).toEqual([1, 2, 3])
  })
  test('is not where dummies of all levels stand beside an intercept', () => {
    const level =
      (k: number): Column =>
      row =>
        row % 3 === k ? 1 : 0
    expect([...find([() => 1, level(0), level(1), level(2)], family)!.keys()].sort()).toEqual([0, 1, 2, 3])
  })
})

describe('an identified likelihood passes', () => {
  test.each([1e-8, 1e-4, 1e4, 1e7])('with a column in units of %f', unit => {
    expect(find([() => 1, row => unit * normal(0)(row)])).toBeUndefined()
    expect(find([() => 1, row => unit * normal(0)(row)], 'logistic')).toBeUndefined()
  })
  test.each([1e-2, 1e-3])('with two columns that differ by a share of %f', share => {
    expect(find([() => 1, normal(0), row => normal(0)(row) + share * normal(1)(row)])).toBeUndefined()
    expect(find([() => 1, normal(0), row => normal(0)(row) + share * normal(1)(row)], 'logistic')).toBeUndefined()
  })
  test('with a single row in which a coefficient matters', () => {
    expect(find([() => 1, row => (row === 17 ? 1e-3 : 0)])).toBeUndefined()
  })
  test('where it is flat at the first point only: curvature zero at one place', () => {
    const plateau: BoundModel = {
      ...regression([() => 1]),
      logDensityInto(gradient, [x]) {
        gradient[0] = Math.abs(x!) < 0.7 ? 0 : -x!
        return 0
      },
    }
    expect(findFlatDirection(plateau, [0], prngKey(1))).toBeUndefined()
  })
  test('where it cannot be judged: finite nowhere', () => {
    expect(findFlatDirection({ ...regression([() => 1]), logDensityInto: () => NaN }, [0], prngKey(1))).toBeUndefined()
  })
})

test('a likelihood that is a straight line in a coordinate does not identify it', () => {
  const straight: BoundModel = {
    ...regression([() => 1]),
    logDensityInto: gradient => {
      gradient[0] = 2
      return 0
    },
  }
  expect(findFlatDirection(straight, [0], prngKey(1))).toEqual(new Map([[0, 1]]))
})

test('coordinates with a proper prior are not looked at: the flat ones alone must be determined', () => {
  expect(findFlatDirection(regression([() => 1, () => 1]), [0], prngKey(1))).toBeUndefined()
  expect(findFlatDirection(regression([() => 1, () => 0]), [0], prngKey(1))).toBeUndefined()
})
