import { STREAM_DOMAIN, type Key } from './key.js'
import { threefryInto } from './threefry.js'

const WORD = 4294967296
const TWO_PI = 6.283185307179586

/** Random numbers one after another. The n-th 32-bit word depends on the key and n alone. */
export interface RandomStream {
  /** An unsigned 32-bit integer. */
  bits(): number
  /** Uniform in the open interval (0, 1): an odd multiple of 2^-53, so never 0 or 1. Takes two words. */
  uniform(): number
  /** Standard normal by Box and Muller (1958): exact, in pairs, with log, sqrt, sin and cos as its only functions. Takes four words every second time. */
  normal(): number
  /** Uniform in 0..n-1 without bias (words in the incomplete last range are rejected). Throws a RangeError unless n is an integer from 1 to 2^32. */
  integer(n: number): number
}

/** The stream of a key: Threefry blocks 0, 1, 2, ... */
export function createStream(key: Key): RandomStream {
  const [key0, key1] = key
  const block = new Uint32Array(2)
  let domain = STREAM_DOMAIN
  let next = 0
  let secondWordWaits = false
  let secondNormal = 0
  let secondNormalWaits = false

  const bits = (): number => {
    if (secondWordWaits) {
      secondWordWaits = false
      return block[1]
    }
    threefryInto(block, key0, key1, domain, next)
    if (++next === WORD) {
      next = 0
      domain++
    }
    secondWordWaits = true
    return block[0]
  }

  const uniform = (): number => {
    const high = bits() >>> 6
    const low = bits() >>> 6
    return (high * 67108864 + low + 0.5) / 4503599627370496
  }

  const normal = (): number => {
    if (secondNormalWaits) {
      secondNormalWaits = false
      return secondNormal
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()))
    const angle = TWO_PI * uniform()
    secondNormal = radius * Math.sin(angle)
    secondNormalWaits = true
    return radius * Math.cos(angle)
  }

  const integer = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > WORD) throw new RangeError(`integer(n) needs an integer n from 1 to 2^32, not ${n}`)
    const limit = WORD - (WORD % n)
    let word = bits()
    while (word >= limit) word = bits()
    return word % n
  }

  return { bits, uniform, normal, integer }
}

/** Fills `out` with the first uniforms of the key's stream. */
export function uniformInto(out: Float64Array, key: Key): void {
  const stream = createStream(key)
  for (let i = 0; i < out.length; i++) out[i] = stream.uniform()
}

/** Fills `out` with the first standard normals of the key's stream. */
export function normalInto(out: Float64Array, key: Key): void {
  const stream = createStream(key)
  for (let i = 0; i < out.length; i++) out[i] = stream.normal()
}
