import { expect, test } from 'vitest'
import { prngKey } from '@chorale/random'

import { pickRows, systematicResample } from '../../src/combination/resample.js'

test('a draw is taken as often as its weight says, rounded up or down, in order', () => {
  const weights = Array.from({ length: 40 }, (_, i) => 1 + (i % 7))
  const total = weights.reduce((a, b) => a + b, 0)
  for (let seed = 0; seed < 50; seed++) {
    const rows = systematicResample(
      Float64Array.from(weights, w => 700 + Math.log(w)),
      prngKey(seed),
    )!
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b))
    weights.forEach((weight, i) => {
      const times = rows.filter(row => row === i).length
      expect(Math.abs(times - (40 * weight) / total)).toBeLessThan(1)
    })
  }
})

test('equal weights take every draw once', () => {
  expect([...systematicResample(new Float64Array(9).fill(-1e300), prngKey(1))!]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

test('a draw of weight zero is never taken', () => {
  for (let seed = 0; seed < 20; seed++)
    expect([...systematicResample(Float64Array.of(-Infinity, 0, -Infinity), prngKey(seed))!]).toEqual([1, 1, 1])
})

test.each([[[-Infinity, -Infinity]], [[NaN, 0]], [[0, Infinity]]])('weights %j cannot be resampled', logWeights => {
  expect(systematicResample(Float64Array.from(logWeights), prngKey(1))).toBeUndefined()
})

test('rows are picked whole', () => {
  const picked = pickRows({ draws: 3, dimension: 2, values: Float64Array.of(0, 1, 10, 11, 20, 21) }, Uint32Array.of(2, 2, 0))
  expect(picked).toEqual({ draws: 3, dimension: 2, values: Float64Array.of(20, 21, 20, 21, 0, 1) })
})
