import { join } from 'node:path'
import { CHECKPOINT_FILE, type SampleTask } from '@chorale/core/contracts'
import { CannotContinue } from '../chain/cannot-continue.js'
import { digestOf, type Checkpoint } from '../chain/checkpoint.js'
import { PREVIOUS_CHECKPOINT_FILE, readCheckpointFile } from '../chain/checkpoint-file.js'
import type { Log } from '../start/log.js'
import { createChainFiles, type ChainFiles } from './chain-files.js'

/** Digest of all that the draws of a task depend on. */
export function taskDigest({ id, key, powers, settings, summary, fixed, model, data, sampler }: SampleTask): string {
  const code = model.kind === 'bundle' ? { digest: model.digest, exportName: model.exportName } : null
  const rows = data.kind === 'columns' ? data.digest : null
  return digestOf({ id, key, powers, settings, summary, fixed: fixed ?? null, code, rows, sampler })
}

/** Files that a chain can write on, and the state that it has then; without a checkpoint it is to start. */
export interface ChainBeginning {
  readonly files: ChainFiles
  readonly checkpoint?: Checkpoint
}

/** Folders of earlier attempts, newest first, and where to say what became of them. */
interface Surroundings {
  readonly earlier: readonly string[]
  readonly log: Log
}

/**
 * The files of a task, with what the newest valid checkpoint of its earlier attempts covers. What is wrong with newer ones goes to the log, and never
 * fails the task.
 */
export async function findBeginning(
  task: SampleTask,
  dimension: number,
  directory: string,
  { earlier, log }: Surroundings,
): Promise<ChainBeginning> {
  for (const folder of earlier) {
    for (const name of [CHECKPOINT_FILE, PREVIOUS_CHECKPOINT_FILE]) {
      try {
        const checkpoint = await readCheckpointFile(join(folder, name))
        if (!checkpoint) continue
        checkOwner(join(folder, name), checkpoint, task, dimension)
        const files = await createChainFiles(task, dimension, directory, { folder, checkpoint })
        log('info', `The chain goes on after iteration ${checkpoint.iteration}, from ${join(folder, name)}.`)
        return { files, checkpoint }
      } catch (error) {
        if (!(error instanceof CannotContinue)) throw error
        log('warn', `The chain does not go on from a checkpoint: ${error.message}.`)
      }
    }
  }
  return { files: await createChainFiles(task, dimension, directory) }
}

function checkOwner(path: string, { task: owner, taskDigest: digest, vectors }: Checkpoint, task: SampleTask, dimension: number): void {
  if (owner !== task.id) throw new CannotContinue(`${path} is of the task ${owner}`)
  if (digest !== taskDigest(task)) throw new CannotContinue(`${path} is of the same task with other settings, data or code`)
  if (vectors.position?.length !== dimension) throw new CannotContinue(`${path} has no position of ${dimension} coordinates`)
}
