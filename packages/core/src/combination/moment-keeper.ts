import type { MomentBatch } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import { hasLocals } from '../planning/local-parameters.js'
import { openScratchFile, recordedBatches, type ReadBatches, type ScratchFile } from './moment-files.js'
import { BATCHES } from './moments.js'

/** Keeps the moments of shards for as long as they are combined, in memory or on disk. */
export interface MomentKeeper {
  /** `fromDraws`: computes the batches of a shard, where they are not there already. */
  keep(shard: CompletedShard, fromDraws: () => readonly MomentBatch[]): Promise<ReadBatches>
  close(): void
}

/** Bytes of the batches of that many shards. */
const momentBytes = (shards: number, dimension: number): number => shards * BATCHES * 16 * dimension * (dimension + 1)

/**
 * In memory, where the moments of all shards have at most `limit` bytes. Otherwise a shard's are read whenever they are asked for: from what its sampler wrote, or
 * from a scratch file in the run directory, where the sampler wrote none or draws are changed before they are combined (shards that are missing, or have parameters
 * of their own).
 */
export function momentKeeper(run: ActiveRun, shards: readonly CompletedShard[], dimension: number, limit: number): MomentKeeper {
  if (momentBytes(shards.length, dimension) <= limit) {
    return {
      keep(_, fromDraws) {
        const batches = fromDraws()
        return Promise.resolve(() => batches)
      },
      close: () => undefined,
    }
  }
  const { plan } = run.record
  const areOfDraws = !hasLocals(plan) && shards.length === plan.shards.length
  let scratch: ScratchFile | undefined
  return {
    async keep(shard, fromDraws) {
      const recorded = areOfDraws ? await recordedBatches(run.path, shard) : undefined
      return recorded ?? (scratch ??= openScratchFile(run.path)).put(fromDraws())
    },
    close: () => scratch?.close(),
  }
}
