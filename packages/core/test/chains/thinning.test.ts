import { expect, test } from 'vitest'

import { columnGroups, diagnosticThinning } from '../../src/chains/thinning.js'

const chains = (...rows: number[]) => rows.map(count => ({ rows: count }))

test.each([
  [chains(250_000, 250_000, 250_000, 250_000), 1],
  [chains(250_000, 250_000, 250_000, 250_001), 2],
  [chains(2_500_000, 2_500_000, 2_500_000, 2_500_000), 10],
  [chains(0), 1],
])('up to a million draws all count, beyond it every so-manieth (%#)', (draws, every) => expect(diagnosticThinning(draws)).toBe(every))

test('columns are read all at once where they are short, and one at a time where each is as much as fits', () => {
  expect([...columnGroups(500, chains(1000, 1000), 1)]).toHaveLength(1)
  expect([...columnGroups(3, chains(20_000_000), 1)]).toEqual([[0], [1], [2]])
  // 64 MiB are eight columns of a million float64.
  expect([...columnGroups(10, chains(1_000_000), 1)]).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7],
    [8, 9],
  ])
  expect([...columnGroups(10, chains(10_000_000), 10)]).toHaveLength(2)
})
