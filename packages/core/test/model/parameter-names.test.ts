import { expect, test } from 'vitest'

import type { ParameterInfo } from '../../src/contracts/index.js'
import { coordinateName, elementNames, valueCount } from '../../src/model/parameter-names.js'

const parameter = (name: string, shape: readonly number[], offset: number, size: number): ParameterInfo => ({
  name,
  shape,
  support: 'real',
  scope: 'global',
  offset,
  size,
})

const mu = parameter('mu', [], 0, 1)
const beta = parameter('beta', [3], 1, 3)
const matrix = parameter('L', [2, 3], 4, 6)
const simplex = parameter('theta', [3], 10, 2)

test('a scalar has its own name', () => expect(elementNames(mu)).toEqual(['mu']))
test('elements of a vector count from 1', () => expect(elementNames(beta)).toEqual(['beta[1]', 'beta[2]', 'beta[3]']))
test('a matrix is row-major', () => expect(elementNames(matrix)).toEqual(['L[1,1]', 'L[1,2]', 'L[1,3]', 'L[2,1]', 'L[2,2]', 'L[2,3]']))
test('three indices: the last runs fastest', () => {
  const names = elementNames(parameter('a', [2, 2, 2], 0, 8))
  expect([names[0], names[1], names[2], names[4]]).toEqual(['a[1,1,1]', 'a[1,1,2]', 'a[1,2,1]', 'a[2,1,1]'])
})
test('an empty vector has no elements', () => expect(elementNames(parameter('none', [0], 0, 0))).toEqual([]))
test('a simplex has one value more than coordinates', () => expect([valueCount(simplex), simplex.size]).toEqual([3, 2]))

test.each([
  [0, 'mu'],
  [2, 'beta[2]'],
  [7, 'L[2,1]'],
  [10, 'theta (unconstrained 1)'],
  [11, 'theta (unconstrained 2)'],
  [12, 'coordinate 13'],
])('coordinate %d is %s', (coordinate, name) => {
  expect(coordinateName([mu, beta, matrix, simplex], coordinate)).toBe(name)
})
