import { describe, expect, it } from 'vitest'
import { createStream, foldIn, prngKey, split, type Key } from '../src/index.js'

const name = (key: Key): string => `${key[0]} ${key[1]}`

describe('keys', () => {
  it('hold the high and the low 32 bits of the seed', () => {
    expect(prngKey(42)).toEqual([0, 42])
    expect(prngKey(2 ** 40 + 5)).toEqual([256, 5])
    expect(prngKey(Number.MAX_SAFE_INTEGER)).toEqual([2 ** 21 - 1, 0xffffffff])
  })

  it.each([-1, 1.5, NaN, Infinity, 2 ** 53])('refuse the seed %s', seed => {
    expect(() => prngKey(seed)).toThrow(RangeError)
    expect(() => foldIn([0, 0], seed)).toThrow(RangeError)
  })

  it('are never shared by children of split, children of foldIn and blocks of the stream: 3 x 100,000', () => {
    const count = 100_000
    const parent = prngKey(1)
    const stream = createStream(parent)
    const seen = new Set(split(parent, count).map(name))
    for (let i = 0; i < count; i++) {
      seen.add(name(foldIn(parent, i)))
      seen.add(name([stream.bits(), stream.bits()]))
    }
    expect(seen.size).toBe(3 * count)
  })

  it('are different for different seeds and the same data: 100,000', () => {
    const seen = new Set(Array.from({ length: 100_000 }, (_, seed) => name(foldIn(prngKey(seed), 7))))
    expect(seen.size).toBe(100_000)
  })

  it('of a split do not depend on how many are asked for', () => {
    expect(split(prngKey(9), 5).slice(0, 2)).toEqual(split(prngKey(9)))
  })
})
