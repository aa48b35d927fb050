import { threefry2x32 } from './threefry.js'

/** A key of the counter-based generator: two unsigned 32-bit integers. Equal keys give equal numbers, on every machine. */
export type Key = readonly [number, number]

/**
 * First words of the counters that each use of a key may encrypt. The ranges are disjoint, and the cipher is a bijection of counters, so under
 * one key no child of `split`, no child of `foldIn` and no block of a stream are equal.
 */
const SPLIT_DOMAIN = 0x80000000
export const STREAM_DOMAIN = 0x40000000

const WORD = 4294967296

function wordsOf(value: number, what: string): Key {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${what} must be an integer from 0 to 2^53 - 1, not ${value}`)
  return [Math.floor(value / WORD), value % WORD]
}

/** The key of a seed, an integer from 0 to 2^53 - 1: its high and low 32 bits. Throws a RangeError for another seed. */
export const prngKey = (seed: number): Key => wordsOf(seed, 'a seed')

/** A child key that belongs to an integer from 0 to 2^53 - 1 (a chain, an iteration, a purpose). Different data give different children. */
export const foldIn = (key: Key, data: number): Key => threefry2x32(key, wordsOf(data, 'the number folded into a key'))

/** `count` (2 when left out) different child keys. The first n children do not depend on the count. */
export function split(key: Key, count?: number): Key[] {
  return Array.from({ length: count ?? 2 }, (_, i) => threefry2x32(key, [SPLIT_DOMAIN, i]))
}
