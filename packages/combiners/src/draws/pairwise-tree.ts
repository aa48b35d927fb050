import { foldIn, permutation } from '@chorale/random'
import type { Key } from '@chorale/core/contracts'

/**
 * Merges `count` things two at a time, in a balanced tree over a random order of them. At most 1 + log2(count) are in memory: `load` is
 * called when one is due. Every merge has a key of its own, which depends on its place in the tree alone.
 */
export async function mergePairwise<T>(
  count: number,
  {
    load,
    merge,
    key,
    signal,
  }: {
    readonly load: (place: number) => Promise<T>
    readonly merge: (a: T, b: T, key: Key, last: 'last' | 'not last') => T
    readonly key: Key
    readonly signal: AbortSignal
  },
): Promise<T> {
  const order = permutation(count, foldIn(key, 0))
  const mergeRange = async (first: number, end: number): Promise<T> => {
    signal.throwIfAborted()
    if (end - first === 1) return load(order[first])
    const middle = (first + end) >> 1
    const [left, right] = [await mergeRange(first, middle), await mergeRange(middle, end)]
    return merge(left, right, foldIn(foldIn(key, 1 + first), end), end - first === count ? 'last' : 'not last')
  }
  return mergeRange(0, count)
}
