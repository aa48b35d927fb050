import { expect, it } from 'vitest'

import { applyKernel, constant } from '../../src/graph/build.js'
import type { ConstantNode } from '../../src/graph/node.js'
import type { Kernel } from '../../src/kernels/kernel.js'

let runs = 0
/** 1 / x, element by element: tells zeros apart. */
const reciprocal: Kernel = {
  name: 'reciprocal',
  instantiate: ([shape]) => ({
    shape,
    forward(values, out, [at]) {
      runs++
      for (let i = 0; i < 64; i++) values[out + i] = 1 / values[at + i]
    },
    reverse() {},
  }),
}
const applied = (numbers: Float64Array, event: readonly number[]): ConstantNode =>
  applyKernel(reciprocal, [constant(numbers, { plates: [], event })]) as ConstantNode

it('a kernel of the same large constant runs once, of another number, sign of zero or shape again', () => {
  const numbers = new Float64Array(64)
  expect(applied(numbers, [64]).values[0]).toBe(Infinity)
  applied(numbers.slice(), [64])
  expect(runs).toBe(1)
  expect(applied(numbers, [8, 8]).shape.event).toEqual([8, 8])
  expect(runs).toBe(2)
  numbers[0] = -0
  expect(applied(numbers, [8, 8]).values[0]).toBe(-Infinity)
  expect(runs).toBe(3)
})
