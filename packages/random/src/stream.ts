import { STREAM_DOMAIN, type Key } from './key.js'
import { threefryInto } from './threefry.js'

const WORD = 4294967296
const TWO_PI = 6.283185307179586

/** Blocks that are made at once: an even number. */
const BATCH = 64
const batch = new Uint32Array(2 * BATCH)

/** Random numbers one after another. The n-th 32-bit word depends on the key and n alone. */
export interface RandomStream {
  /** An unsigned 32-bit integer. */
  bits(): number
  /** Uniform in the open interval (0, 1): an odd multiple of 2^-53, so never 0 or 1. Takes two words. */
  uniform(): number
  /** Standard normal by Box and Muller (1958): exact, in pairs, with log, sqrt, sin and cos as its only functions. Takes four words every second time. */
  normal(): number
  /** Fills `out` with what so many calls of `normal` would give. */
  normalsInto(out: Float64Array): void
  /** Uniform in 0..n-1 without bias (words in the incomplete last range are rejected). Throws a RangeError unless n is an integer from 1 to 2^32. */
  integer(n: number): number
  /** Becomes the stream of another key, from its first word on: as a new one, without making one. */
  restart(key: Key): void
}

/** The stream of a key: Threefry blocks 0, 1, 2, ... */
export function createStream(key: Key): RandomStream {
  const block = new Uint32Array(2)
  /** Fields of an object, because a variable of a closure gets a new number object at every write. */
  const state = { key0: 0, key1: 0, domain: 0, next: 0, secondWordWaits: false, secondNormal: NaN, secondNormalWaits: false }

  const nextBlocksInto = (words: Uint32Array, blocks: number): void => {
    threefryInto(words, blocks, state.key0, state.key1, state.domain, state.next)
    const next = (state.next >>> 0) + blocks
    if (next >= WORD) state.domain++
    state.next = next | 0
  }

  const bits = (): number => {
    if (state.secondWordWaits) {
      state.secondWordWaits = false
      return block[1]
    }
    nextBlocksInto(block, 1)
    state.secondWordWaits = true
    return block[0]
  }

  const uniform = (): number => {
    if (!state.secondWordWaits) {
      nextBlocksInto(block, 1)
      return uniformOf(block[0], block[1])
    }
    const first = bits()
    return uniformOf(first, bits())
  }

  const normal = (): number => {
    if (state.secondNormalWaits) {
      state.secondNormalWaits = false
      return state.secondNormal
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()))
    const angle = TWO_PI * uniform()
    state.secondNormal = radius * Math.sin(angle)
    state.secondNormalWaits = true
    return radius * Math.cos(angle)
  }

  const normalsInto = (out: Float64Array): void => {
    const { length } = out
    let begin = 0
    if (state.secondNormalWaits && length > 0) out[begin++] = normal()
    // Words of a block that is half used would go over the borders of all that follow.
    const end = state.secondWordWaits ? begin : length - ((length - begin) & 1)
    for (let at = begin; at < end; at += BATCH) {
      const blocks = Math.min(BATCH, end - at)
      nextBlocksInto(batch, blocks)
      for (let k = 0; k < blocks; k++) out[at + k] = uniformOf(batch[2 * k], batch[2 * k + 1])
    }
    for (let i = begin; i < end; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(out[i]))
      const angle = TWO_PI * out[i + 1]
      out[i] = radius * Math.cos(angle)
      out[i + 1] = radius * Math.sin(angle)
    }
    for (let i = end; i < length; i++) out[i] = normal()
  }

  const integer = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > WORD) throw new RangeError(`integer(n) needs an integer n from 1 to 2^32, not ${n}`)
    const limit = WORD - (WORD % n)
    let word = bits()
    while (word >= limit) word = bits()
    return word % n
  }

  const restart = ([key0, key1]: Key): void => {
    state.key0 = key0 | 0
    state.key1 = key1 | 0
    state.domain = STREAM_DOMAIN
    state.next = 0
    state.secondWordWaits = false
    state.secondNormalWaits = false
  }

  restart(key)
  return { bits, uniform, normal, normalsInto, integer, restart }
}

/** The upper 26 bits of two words and a half, over 2^52. */
const uniformOf = (first: number, second: number): number => ((first >>> 6) * 67108864 + (second >>> 6) + 0.5) / 4503599627370496

/** Fills `out` with the first uniforms of the key's stream. */
export function uniformInto(out: Float64Array, key: Key): void {
  const stream = createStream(key)
  for (let i = 0; i < out.length; i++) out[i] = stream.uniform()
}

/** Fills `out` with the first standard normals of the key's stream. */
export function normalInto(out: Float64Array, key: Key): void {
  createStream(key).normalsInto(out)
}
