import type { DrawMatrix, SubPosteriorDraws } from '@chorale/core/contracts'
import { foldIn, permutation, type Key } from '@chorale/random'
import { checkDraws } from './check-sub-posteriors.js'
import { rowsOf } from './modes/separate-modes.js'

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

/** Up to so many shards, evenly spread over their numbers, and up to so many draws of each. One shard's draws are in memory at a time. */
export async function* spreadOfDraws(
  shards: readonly SubPosteriorDraws[],
  { shards: most, draws, key, signal }: Spread,
): AsyncGenerator<ShardPart> {
  const looked = Math.min(most, shards.length)
  for (let k = 0; k < looked; k++) {
    signal.throwIfAborted()
    const shard = shards[Math.floor((k * shards.length) / looked)]
    const all = await shard.draws()
    checkDraws(shard, all)
    const own = foldIn(key, shard.shard)
    yield { shard, all, some: rowsOf(all, permutation(all.draws, own).subarray(0, draws)), key: own }
  }
}
