import type { Key } from './key.js'

const PARITY = 0x1bd11bda

/**
 * Threefry-2x32 with 20 rounds: a keyed bijection of 64-bit blocks that passes BigCrush on a plain counter.
 *
 * Writes so many blocks, those of the given counter and the ones after it (the second word counts first), two 32-bit words each, into the first
 * `2 blocks` entries of `out`. All words are taken modulo 2^32. Allocates nothing.
 *
 * Source: Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC11; rotations of Random123.
 */
export function threefryInto(out: Uint32Array, blocks: number, key0: number, key1: number, counter0: number, counter1: number): void {
  const k0 = key0 | 0
  const k1 = key1 | 0
  const k2 = PARITY ^ k0 ^ k1
  let high = counter0 | 0
  let low = counter1 | 0
  for (let at = 0; at < 2 * blocks; at += 2) {
    let a = (high + k0) | 0
    let b = (low + k1) | 0

    a = (a + b) | 0
    b = ((b << 13) | (b >>> 19)) ^ a
    a = (a + b) | 0
    b = ((b << 15) | (b >>> 17)) ^ a
    a = (a + b) | 0
    b = ((b << 26) | (b >>> 6)) ^ a
    a = (a + b) | 0
    b = ((b << 6) | (b >>> 26)) ^ a
    a = (a + k1) | 0
    b = (b + k2 + 1) | 0

    a = (a + b) | 0
    b = ((b << 17) | (b >>> 15)) ^ a
    a = (a + b) | 0
    b = ((b << 29) | (b >>> 3)) ^ a
    a = (a + b) | 0
    b = ((b << 16) | (b >>> 16)) ^ a
    a = (a + b) | 0
    b = ((b << 24) | (b >>> 8)) ^ a
    a = (a + k2) | 0
    b = (b + k0 + 2) | 0

    a = (a + b) | 0
    b = ((b << 13) | (b >>> 19)) ^ a
    a = (a + b) | 0
    b = ((b << 15) | (b >>> 17)) ^ a
    a = (a + b) | 0
    b = ((b << 26) | (b >>> 6)) ^ a
    a = (a + b) | 0
    b = ((b << 6) | (b >>> 26)) ^ a
    a = (a + k0) | 0
    b = (b + k1 + 3) | 0

    a = (a + b) | 0
    b = ((b << 17) | (b >>> 15)) ^ a
    a = (a + b) | 0
    b = ((b << 29) | (b >>> 3)) ^ a
    a = (a + b) | 0
    b = ((b << 16) | (b >>> 16)) ^ a
    a = (a + b) | 0
    b = ((b << 24) | (b >>> 8)) ^ a
    a = (a + k1) | 0
    b = (b + k2 + 4) | 0

    a = (a + b) | 0
    b = ((b << 13) | (b >>> 19)) ^ a
    a = (a + b) | 0
    b = ((b << 15) | (b >>> 17)) ^ a
    a = (a + b) | 0
    b = ((b << 26) | (b >>> 6)) ^ a
    a = (a + b) | 0
    b = ((b << 6) | (b >>> 26)) ^ a
    out[at] = (a + k2) | 0
    out[at + 1] = (b + k0 + 5) | 0
    low = (low + 1) | 0
    if (low === 0) high = (high + 1) | 0
  }
}

const block = new Uint32Array(2)

/** The block of `threefryInto` as a new pair of unsigned 32-bit words. */
export function threefry2x32(key: Key, counter: Key): Key {
  threefryInto(block, 1, key[0], key[1], counter[0], counter[1])
  return [block[0], block[1]]
}
