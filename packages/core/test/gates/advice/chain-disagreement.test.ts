import { foldedRhat, rankRhat, rhat } from '@chorale/diagnostics'
import { createStream, prngKey } from '@chorale/random'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { disagreement } from '../../../src/gates/advice/chain-disagreement.js'

const LIMIT = 1.01
const chain = (seed: number, value: (normal: number, draw: number) => number, draws = 1000): Float64Array => {
  const stream = createStream(prngKey(seed))
  return Float64Array.from({ length: draws }, (_, i) => value(stream.normal(), i))
}
const { arrays } = JSON.parse(readFileSync(new URL('../../golden/convergence.json', import.meta.url), 'utf8')) as {
  arrays: Readonly<Record<string, { readonly draws: readonly (readonly number[])[] }>>
}
const golden = (name: string): readonly Float64Array[] => arrays[name]!.draws.map(draws => Float64Array.from(draws))

test('the shifted one of four chains is found, and it is the one without which R-hat is smallest', () => {
  const chains = golden('shifted_chain')
  const found = disagreement(chains, LIMIT)
  const without = chains.map((_, c) => rhat(chains.filter((_, i) => i !== c)))
  expect(found).toMatchObject({ kind: 'one', what: 'mean', chain: without.indexOf(Math.min(...without)), without: Math.min(...without) })
})

test('two wide and two narrow chains agree on the place but not on the spread', () => {
  const chains = [1, 2, 3, 4].map(seed => chain(seed, x => (seed > 2 ? 3 * x : x)))
  expect(disagreement(chains, LIMIT)).toEqual({ kind: 'spread', plain: rankRhat(chains), folded: foldedRhat(chains) })
})

test('chains that drift are still moving', () => {
  const chains = [1, 2, 3, 4].map(seed => chain(seed, (x, i) => x + (seed < 4 ? i / 300 : 0)))
  const found = disagreement(chains, LIMIT)
  expect(found).toMatchObject({ kind: 'moving', chains: [0, 1, 2] })
})

test('chains that each agree with themselves sit in places of their own', () => {
  const chains = [1, 2, 3, 4].map(seed => chain(seed, x => x + 10 * (seed % 2)))
  const found = disagreement(chains, LIMIT) as { readonly kind: string; readonly from: number; readonly to: number }
  // Four standard errors of a mean of 1000 draws.
  expect([found.kind, Math.abs(found.from) < 0.13, Math.abs(found.to - 10) < 0.13]).toEqual(['apart', true, true])
})

test('of two chains nobody can tell which is right', () => {
  expect(disagreement([chain(1, x => x), chain(2, x => x + 5)], LIMIT)).toMatchObject({ kind: 'apart' })
})

test('chains that do not move are named, wherever they stand', () => {
  const moving = [1, 2, 3].map(seed => chain(seed, x => x))
  expect(disagreement([...moving, chain(4, () => 0.2)], LIMIT)).toEqual({ kind: 'still', chains: [3] })
  expect(disagreement([chain(4, () => 7), ...moving, chain(4, () => 0.2)], LIMIT)).toEqual({ kind: 'still', chains: [0, 4] })
  expect(
    disagreement(
      [1, 2, 3, 4].map(place => chain(place, () => place)),
      LIMIT,
    ),
  ).toEqual({ kind: 'still', chains: [0, 1, 2, 3] })
})

test('nothing is said of chains that do not vary at all, are too short, or are not finite', () => {
  expect(disagreement([chain(1, () => 1), chain(2, () => 1)], LIMIT)).toBeUndefined()
  expect(disagreement([new Float64Array(3), new Float64Array(3)], LIMIT)).toBeUndefined()
  expect(disagreement([chain(1, x => x), chain(2, (x, i) => (i === 5 ? NaN : x))], LIMIT)).toBeUndefined()
})
