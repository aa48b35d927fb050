import { describe, expect, test } from 'vitest'
import { pairwiseSum, sumBlocksPairwise } from '../../src/blocks/pairwise.js'

/** The rule in words, level by level: 0 and 1, 2 and 3, ...; the one left over is carried up. */
const byLevels = (records: readonly number[]): number => {
  if (records.length === 1) return records[0]
  const sums: number[] = []
  for (let i = 0; i < records.length; i += 2) sums.push(i + 1 < records.length ? records[i] + records[i + 1] : records[i])
  return byLevels(sums)
}

/** Sums of these round differently in every order. */
const record = (index: number): number => Math.sin(index + 1) * Math.exp(20 * Math.sin(7 * index))

describe('the pairwise sum', () => {
  test('is the tree of the rule, to the bit, for every number of blocks up to 130 and for 732', () => {
    for (const blocks of [...Array.from({ length: 130 }, (_, k) => k + 1), 732]) {
      const total = new Float64Array(2)
      sumBlocksPairwise(total, blocks, (index, out) => {
        out[0] = record(index)
        out[1] = -record(index)
      })
      const expected = byLevels(Array.from({ length: blocks }, (_, index) => record(index)))
      expect(total).toEqual(Float64Array.of(expected, -expected))
    }
  })

  test('is another sum than adding one after another: the records tell the orders apart', () => {
    const records = Array.from({ length: 732 }, (_, index) => record(index))
    expect(byLevels(records)).not.toBe(records.reduce((a, b) => a + b))
  })

  test('of no blocks is zero', () => {
    const total = Float64Array.of(5, 5)
    sumBlocksPairwise(total, 0, () => undefined)
    expect(total).toEqual(Float64Array.of(0, 0))
  })

  test('may be used again: nothing is left of the last sum', () => {
    const sum = pairwiseSum(1)
    const total = new Float64Array(1)
    for (const blocks of [5, 1, 4]) {
      sumBlocksPairwise(total, blocks, (_, out) => out.fill(1), sum)
      expect(total[0]).toBe(blocks)
    }
  })
})
