import type { Key } from './key.js'
import { createStream } from './stream.js'

/** A uniformly random order of 0..n-1 by the shuffle of Fisher and Yates (Knuth, TAOCP 2, algorithm P). n at most 2^32. */
export function permutation(n: number, key: Key): Uint32Array {
  const stream = createStream(key)
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let last = n - 1; last > 0; last--) {
    const other = stream.integer(last + 1)
    const moved = order[last]
    order[last] = order[other]
    order[other] = moved
  }
  return order
}
