import { describe, expect, it } from 'vitest'
import { threefry2x32, type Key } from '../src/index.js'

/** `threefry2x32 20` in the file kat_vectors of Random123 1.14: counter, key, block. */
const knownAnswers: readonly { name: string; counter: Key; key: Key; block: Key }[] = [
  { name: 'zeros', counter: [0, 0], key: [0, 0], block: [0x6b200159, 0x99ba4efe] },
  { name: 'ones', counter: [0xffffffff, 0xffffffff], key: [0xffffffff, 0xffffffff], block: [0x1cb996fc, 0xbb002be7] },
  { name: 'digits of pi', counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344], block: [0xc4923a9c, 0x483df7a0] },
]

describe('Threefry-2x32, 20 rounds', () => {
  it.each(knownAnswers)('gives the known answer of Random123 for $name', ({ counter, key, block }) => {
    expect(threefry2x32(key, counter)).toEqual(block)
  })
})
