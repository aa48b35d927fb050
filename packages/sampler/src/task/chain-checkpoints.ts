import { CHECKPOINT_FILE, type FileRecord, type SampleTask } from '@chorale/core/contracts'
import { joinStates } from '../adaptation/nested-state.js'
import type { SavedCounts } from '../chain/chain-counts.js'
import { encodeCheckpoint, sha256 } from '../chain/checkpoint.js'
import { writeCheckpointFile } from '../chain/checkpoint-file.js'
import type { ChainFiles } from './chain-files.js'
import type { ChainParts } from './chain-parts.js'
import { taskDigest } from './find-beginning.js'

/** Writes the checkpoints of a chain. Only to be called between two iterations, or after one that was interrupted. */
export interface ChainCheckpoints {
  /** One is due after each iteration. */
  readonly areEverywhere: boolean
  /** Whether the next one is due, at `now` in milliseconds. */
  isDue(now: number): boolean
  /** Writes one, unless the newest says the same. */
  write(): Promise<void>
  /** Writes the last one, whose bytes depend on the task alone. */
  finish(): Promise<FileRecord>
}

export function createChainCheckpoints(
  task: SampleTask,
  directory: string,
  { position, adaptation, start, counts, files }: ChainParts & { readonly files: ChainFiles },
  options: { readonly checkpointSeconds: number; readonly onWritten: (iteration: number) => void },
): ChainCheckpoints {
  const digest = taskDigest(task)
  let newest = -1
  let last = performance.now()

  /** Draws reach the disk before the checkpoint that counts on them. */
  const writeWith = async (saved: SavedCounts): Promise<Uint8Array> => {
    const { files: records, unwritten } = await files.sync()
    const vectors = { position, ...joinStates({ start: { ...start }, adaptation: adaptation.save() }), ...unwritten }
    const { iterations } = counts
    const bytes = encodeCheckpoint({ task: task.id, taskDigest: digest, iteration: iterations, files: records, counts: saved, vectors })
    await writeCheckpointFile(directory, bytes)
    newest = iterations
    last = performance.now()
    options.onWritten(iterations)
    return bytes
  }

  const interval = 1000 * options.checkpointSeconds
  return {
    areEverywhere: interval === 0,
    isDue: now => now - last >= interval,
    async write() {
      if (newest !== counts.iterations) await writeWith(counts.save())
    },
    async finish() {
      const { warmup, sampling } = counts.save()
      const bytes = await writeWith({ warmup: { ...warmup, seconds: 0 }, sampling: { ...sampling, seconds: 0 } })
      return { path: CHECKPOINT_FILE, bytes: bytes.length, digest: sha256(bytes) }
    },
  }
}
