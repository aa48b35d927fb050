import { createStream, prngKey } from '@chorale/random'
import { expect, test } from 'vitest'

import { COVERAGE, hypergeometricCdf, rankDifferences } from '../../src/html/rank-ecdf.js'

test("the distribution of a chain's draws among the lowest is R's phyper", () => {
  const small = hypergeometricCdf({ successes: 10, population: 40, draws: 12 })
  expect([0, 2, 3, 5].map(x => small[x])).toEqual(
    [0.015481563157085, 0.355261133499424, 0.662564342031035, 0.97439207408747].map(value => expect.closeTo(value, 12)),
  )
  const large = hypergeometricCdf({ successes: 100, population: 400, draws: 200 })
  expect([large[40], large[60]]).toEqual([expect.closeTo(0.0139734470367465, 12), expect.closeTo(0.992465037454461, 12)])
})

const chains = (seed: number, count: number, draws: number, shift = 0): readonly Float64Array[] =>
  Array.from({ length: count }, (_, c) => {
    const stream = createStream(prngKey(1000 * seed + c))
    return Float64Array.from({ length: draws }, () => stream.normal() + (c === 0 ? shift : 0))
  })

const outside = ({ difference, lower, upper }: ReturnType<typeof rankDifferences>): readonly boolean[] =>
  difference.map(own => own.some((value, k) => value < lower[k]! - 1e-12 || value > upper[k]! + 1e-12))

test.each([
  [2, 50],
  [4, 100],
])('%d chains of one distribution stay in the band at all ranks at once, as often as it promises', (count, draws) => {
  const sets = 400
  const inside = Array.from({ length: sets }, (_, seed) => !outside(rankDifferences(chains(1 + seed, count, draws))).includes(true))
  const share = inside.filter(Boolean).length / sets
  // Of this many sets, and of the simulations that the band rests on; counts are discrete, so the band may hold a little more.
  const error = Math.sqrt(COVERAGE * (1 - COVERAGE) * (1 / sets + 1 / 1000))
  expect(share).toBeGreaterThan(COVERAGE - 3 * error)
  expect(share).toBeLessThan(COVERAGE + 3 * error + 0.02)
})

test('a chain half a standard deviation off leaves the band, below: it has too few small values', () => {
  const found = rankDifferences(chains(5, 4, 250, 0.5))
  expect(outside(found)[0]).toBe(true)
  expect(Math.min(...found.difference[0]!)).toBeLessThan(-0.1)
  expect(found.difference.map(own => own.at(-1))).toEqual([0, 0, 0, 0])
})

test('chains that are equal, draw by draw, differ nowhere', () => {
  const [own] = chains(9, 1, 60)
  const { difference } = rankDifferences([own!, own!, own!])
  expect(Math.max(...difference.flat().map(Math.abs))).toBeLessThan(0.02)
})
