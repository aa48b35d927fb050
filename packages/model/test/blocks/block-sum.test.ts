import { describe, expect, test } from 'vitest'
import { blockSum, wholeSubtrees } from '../../src/blocks/block-sum.js'

/** Sums of these round differently in every order. */
const evaluate = (index: number, record: Float64Array): void => {
  record[0] = Math.sin(index + 1) * Math.exp(20 * Math.sin(7 * index))
}

/** All ways to cut the blocks into two or three parts, empty ones among them. */
const cuts = (blocks: number): readonly (readonly number[])[] =>
  Array.from({ length: blocks + 1 }, (_, a) => [
    [0, a, blocks],
    ...Array.from({ length: blocks - a + 1 }, (_, b) => [0, a, a + b, blocks]),
  ]).flat()

describe('subtrees of the pairwise sum', () => {
  test('cover a range without a gap, each beginning at a multiple of its size', () => {
    for (let from = 0; from < 20; from++) {
      for (let to = from; to < 40; to++) {
        let at = from
        for (const { first, level } of wholeSubtrees(from, to)) {
          expect(first).toBe(at)
          expect(first % (1 << level)).toBe(0)
          at += 1 << level
        }
        expect(at).toBe(to)
      }
    }
  })

  test('are few: twice as many as the number of blocks has digits in base two', () => {
    expect(wholeSubtrees(1, 1023)).toHaveLength(18)
    expect(wholeSubtrees(0, 1024)).toEqual([{ first: 0, level: 10 }])
  })
})

describe('a sum that several devices share', () => {
  test('has the bits of the sum that one computes, wherever the blocks are cut', () => {
    for (const blocks of [2, 3, 5, 13]) {
      const expected = new Float64Array(1)
      blockSum({ blocks, length: 1 }).totalInto(expected, evaluate)
      for (const cut of cuts(blocks)) {
        const sums = cut.slice(1).map(() => blockSum({ blocks, length: 1 }))
        const parts = sums.map((sum, k) => {
          const [from, to] = [cut[k], cut[k + 1]]
          return { from, to, numbers: [new Float64Array(sum.lengthOf(from, to))] }
        })
        sums.forEach((sum, device) => sum.share({ parts, device, begin: () => undefined, meet: () => device === 0 }, 0))
        const total = new Float64Array(1)
        // The first device comes last: the others have left their numbers.
        for (const sum of [...sums].reverse()) sum.totalInto(total, evaluate)
        expect(total).toEqual(expected)
      }
    }
  })

  test('is zero for a device whose log density nobody reads', () => {
    const sum = blockSum({ blocks: 2, length: 1 })
    const parts = [0, 1].map(from => ({ from, to: from + 1, numbers: [new Float64Array(1)] }))
    sum.share({ parts, device: 1, begin: () => undefined, meet: () => false }, 0)
    const total = Float64Array.of(7)
    sum.totalInto(total, (_, record) => record.fill(3))
    expect(total[0]).toBe(0)
    expect(parts.map(({ numbers: [numbers] }) => numbers[0])).toEqual([0, 3])
  })
})
