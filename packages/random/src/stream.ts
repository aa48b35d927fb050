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
export const createStream = (key: Key): RandomStream => new ThreefryStream(key)

/** A class, so that all streams share their compiled code. */
class ThreefryStream implements RandomStream {
  private readonly block = new Uint32Array(2)
  private key0 = 0
  private key1 = 0
  private domain = STREAM_DOMAIN
  private next = 0
  private secondWordWaits = false
  private secondNormalWaits = false
  private secondNormal = NaN

  constructor(key: Key) {
    this.restart(key)
  }

  restart(key: Key): void {
    this.key0 = key[0] | 0
    this.key1 = key[1] | 0
    this.domain = STREAM_DOMAIN
    this.next = 0
    this.secondWordWaits = false
    this.secondNormalWaits = false
  }

  bits(): number {
    const { block } = this
    if (this.secondWordWaits) {
      this.secondWordWaits = false
      return block[1]
    }
    this.nextBlocksInto(block, 1)
    this.secondWordWaits = true
    return block[0]
  }

  uniform(): number {
    if (this.secondWordWaits) {
      const first = this.bits()
      return uniformOf(first, this.bits())
    }
    const { block } = this
    this.nextBlocksInto(block, 1)
    return uniformOf(block[0], block[1])
  }

  normal(): number {
    if (this.secondNormalWaits) {
      this.secondNormalWaits = false
      return this.secondNormal
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()))
    const angle = TWO_PI * this.uniform()
    this.secondNormal = radius * Math.sin(angle)
    this.secondNormalWaits = true
    return radius * Math.cos(angle)
  }

  normalsInto(out: Float64Array): void {
    const { length } = out
    let begin = 0
    if (this.secondNormalWaits && length > 0) out[begin++] = this.normal()
    // Words of a block that is half used would go over the borders of all that follow.
    const end = this.secondWordWaits ? begin : length - ((length - begin) & 1)
    for (let at = begin; at < end; at += BATCH) {
      const blocks = Math.min(BATCH, end - at)
      this.nextBlocksInto(batch, blocks)
      for (let k = 0; k < blocks; k++) out[at + k] = uniformOf(batch[2 * k], batch[2 * k + 1])
    }
    for (let i = begin; i < end; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(out[i]))
      const angle = TWO_PI * out[i + 1]
      out[i] = radius * Math.cos(angle)
      out[i + 1] = radius * Math.sin(angle)
    }
    for (let i = end; i < length; i++) out[i] = this.normal()
  }

  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > WORD) throw new RangeError(`integer(n) needs an integer n from 1 to 2^32, not ${n}`)
    const limit = WORD - (WORD % n)
    let word = this.bits()
    while (word >= limit) word = this.bits()
    return word % n
  }

  private nextBlocksInto(words: Uint32Array, blocks: number): void {
    threefryInto(words, blocks, this.key0, this.key1, this.domain, this.next)
    const next = (this.next >>> 0) + blocks
    if (next >= WORD) this.domain++
    this.next = next | 0
  }
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
