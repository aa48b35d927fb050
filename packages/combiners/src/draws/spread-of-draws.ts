import type { DrawMatrix, SubPosteriorDraws } from '@chorale/core/contracts'
import { foldIn, permutation, type Key } from '@chorale/random'
import { checkDraws } from '../check-sub-posteriors.js'
import { rowsOf } from './draw-rows.js'

/** Some draws of one shard, in random order. */
export interface ShardPart {
  readonly shard: SubPosteriorDraws
  /** All of its draws, as loaded. */
  readonly all: DrawMatrix
  readonly some: DrawMatrix
  /** Of what else is random about this shard. */
  readonly key: Key
}

/** What is looked at. */
export interface Spread {
  readonly shards: number
  readonly draws: number
  readonly key: Key
  readonly signal: AbortSignal
}

/** Up to so many shards, evenly spread over their numbers. */
export function spreadOfShards<S>(shards: readonly S[], most: number): S[] {
  const looked = Math.min(most, shards.length)
  return Array.from({ length: looked }, (_, k) => shards[Math.floor((k * shards.length) / looked)])
}

/** Shards as `spreadOfShards` takes them, and up to so many draws of each. One shard's draws are in memory at a time. */
export async function* spreadOfDraws(
  shards: readonly SubPosteriorDraws[],
  { shards: most, draws, key, signal }: Spread,
): AsyncGenerator<ShardPart> {
  for (const shard of spreadOfShards(shards, most)) {
    signal.throwIfAborted()
    const all = await shard.draws()
    checkDraws(shard, all)
    const own = foldIn(key, shard.shard)
    yield { shard, all, some: rowsOf(all, permutation(all.draws, own).subarray(0, draws)), key: own }
  }
}
