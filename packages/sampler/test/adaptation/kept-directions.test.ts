import { describe, expect, it } from 'vitest'
import { keptDirections, type Direction } from '../../src/adaptation/kept-directions.js'

const free = () => 1
const exact = (...variances: number[]): Direction[] => variances.map((variance, at) => ({ at, learnt: variance, shown: variance }))
const ats = (found: readonly Direction[], dimension: number, stepCost: (directions: number) => number) =>
  keptDirections(found, dimension, stepCost)
    .directions.map(({ at }) => at)
    .sort((a, b) => a - b)

describe('the directions that a low-rank metric corrects', () => {
  it('are all that differ from the others, where steps cost the same', () => {
    expect(ats(exact(1, 100, 1, 0.04, 1.5), 5, free)).toEqual([1, 3, 4])
  })

  it('are the widest and the narrowest first, where each of them costs', () => {
    expect(ats(exact(400, 1.2, 1 / 400, 0.9), 50, directions => 1 + directions / 4)).toEqual([0, 2])
    expect(ats(exact(400, 1.2, 1 / 4, 0.9), 50, directions => 1 + directions / 4)).toEqual([0])
  })

  it('are none where they cost more than they save', () => {
    expect(ats(exact(3, 1 / 3), 100, directions => 1 + directions)).toEqual([])
  })

  it('are taken together where all must go before steps can be longer', () => {
    const equal = exact(...Array<number>(8).fill(100))
    expect(ats(equal, 40, directions => 1 + directions / 20)).toHaveLength(8)
  })

  it('are not those that later draws do not confirm', () => {
    const chance = [
      { at: 0, learnt: 9, shown: 1.1 },
      { at: 1, learnt: 1 / 9, shown: 2 },
    ]
    expect(ats([...chance, { at: 2, learnt: 90, shown: 80 }], 20, free)).toEqual([2])
  })

  it('are no small ones unless the two sets of draws agree well', () => {
    const vague = exact(1.3, 0.8, 1, 1, 1).map((direction, i) => ({ ...direction, shown: direction.shown * (i % 2 === 0 ? 1.35 : 0.7) }))
    expect(ats(vague, 5, free)).toEqual([])
    expect(ats(exact(1.3, 0.8, 1, 1, 1), 5, free)).toEqual([0, 1])
  })

  it('promise the ratio of steps before and after: widest deviation over the step size of the narrow ones', () => {
    const { gain } = keptDirections(exact(16, 1, 1, 0.5), 4, free)
    expect(gain).toBeCloseTo(Math.sqrt(16 * Math.sqrt((1 / 256 + 2 + 4) / 4)), 12)
  })
})
