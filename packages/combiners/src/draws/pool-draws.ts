import { createStream, foldIn, permutation, split } from '@chorale/random'
import type { DrawMatrix, Key, SubPosteriorDraws } from '@chorale/core/contracts'
import { pairingOrder } from '../averages/average-draws.js'
import { checkDraws } from '../check-sub-posteriors.js'

export interface PoolSettings {
  readonly key: Key
  /** How many draws are wanted. */
  readonly size: number
  readonly signal: AbortSignal
  /** The part of the pool that comes from each shard; the parts sum to 1. */
  readonly parts: ArrayLike<number>
}

/**
 * Draws of all shards in one pool: each shard gives its part of `size` rows, to within one, from a random order of its own draws (gone through again in a new order
 * where it has too few), and the rows of the pool are shuffled. `moved(draws, place)` gives the draws of a shard as they enter. One shard's draws are in memory at
 * a time. What a shard gives depends on the key and its number, not on the draws.
 */
export async function poolDraws(
  shards: readonly SubPosteriorDraws[],
  moved: (draws: DrawMatrix, place: number) => DrawMatrix,
  { key, size, signal, parts }: PoolSettings,
): Promise<DrawMatrix> {
  const { dimension } = shards[0].moments
  const [sharesKey, drawsKey, rowsKey] = split(key, 3)
  const counts = apportion(parts, size, sharesKey)
  const rows = permutation(size, rowsKey)
  const values = new Float64Array(size * dimension)
  let next = 0
  for (const [place, shard] of shards.entries()) {
    signal.throwIfAborted()
    if (counts[place] === 0) continue
    const own = await shard.draws()
    checkDraws(shard, own)
    const matrix = moved(own, place)
    for (const draw of pairingOrder(counts[place], own.draws, foldIn(drawsKey, shard.shard))) {
      values.set(matrix.values.subarray(draw * dimension, (draw + 1) * dimension), rows[next++] * dimension)
    }
  }
  return { draws: size, dimension, values }
}

/** How many of `size` rows go to each part, by systematic sampling: within one of its share, and on average exactly that. */
export function apportion(parts: ArrayLike<number>, size: number, key: Key): number[] {
  const start = createStream(key).uniform()
  let sum = 0
  let given = 0
  return Array.from(parts, (part, place) => {
    sum += part
    const upTo = place === parts.length - 1 ? size : Math.min(size, Math.max(given, Math.ceil(sum * size - start)))
    const count = upTo - given
    given = upTo
    return count
  })
}

/** The same part from each of a number of shards. */
export const equalParts = (shards: number): Float64Array => new Float64Array(shards).fill(1 / shards)
