import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DRAWS_FILE,
  keptDraws,
  MOMENTS_FILE,
  STATS_FILE,
  WARMUP_DRAWS_FILE,
  WARMUP_STATS_FILE,
  type FileRecord,
  type SampleTask,
} from '@chorale/core/contracts'
import { CannotContinue } from '../chain/cannot-continue.js'
import type { Chain } from '../chain/chain.js'
import type { Checkpoint } from '../chain/checkpoint.js'
import type { SavedState } from '../chain/saved-state.js'
import { joinStates, stateOf } from '../adaptation/nested-state.js'
import { createBatchedMoments, momentColumns } from './batched-moments.js'
import { drawColumns, pushDraw, pushStatistics, STATS_COLUMNS } from './draw-columns.js'
import { bothOf, createRowsWriter, type Continuation, type FrameListener, type RowsWriter } from './rows-writer.js'

/** What a chain writes while it runs. */
export interface ChainFiles {
  /** Writes the chain's state and what its last transition did. A promise only when it is to be awaited before the next. */
  push(phase: 'warmup' | 'sampling', chain: Chain): Promise<void> | undefined
  /** Puts all on disk: what the files hold, and, for a checkpoint, what they do not hold yet. */
  sync(): Promise<{ readonly files: readonly FileRecord[]; readonly unwritten: SavedState }>
  /** Writes all that is left. */
  finish(): Promise<readonly FileRecord[]>
  close(): Promise<void>
}

/** Where to go on: a checkpoint, and the folder of its files. */
export interface Beginning {
  readonly folder: string
  readonly checkpoint: Checkpoint
}

/** Draws before moments: their last frame completes the last batch. */
const CHAIN_FILES = [DRAWS_FILE, STATS_FILE, MOMENTS_FILE, WARMUP_DRAWS_FILE, WARMUP_STATS_FILE]

const tailOf = (name: string): string => `${name} tail`

/** What is combined later is combined from moments: a chain of a sub-posterior has them ready. */
const isSubPosterior = ({ powers }: SampleTask): boolean => powers.prior !== 1 || powers.jacobian !== 1

/**
 * Creates the files of a sample task in `directory`. With `from`, they begin with what an earlier attempt has written; throws `CannotContinue`, and
 * leaves no file behind, when that is not what its checkpoint says.
 */
export async function createChainFiles(task: SampleTask, dimension: number, directory: string, from?: Beginning): Promise<ChainFiles> {
  const writers = new Map<string, RowsWriter>()
  const close = async (): Promise<void> => {
    for (const writer of writers.values()) await writer.close()
  }
  const create = async (name: string, columns: readonly string[], onFrame?: FrameListener): Promise<RowsWriter> => {
    const writer = await createRowsWriter(join(directory, name), columns, { from: from && continuationOf(from, name), onFrame })
    writers.set(name, writer)
    return writer
  }
  const createPair = async (drawsFile: string, statsFile: string, onFrame?: FrameListener) => ({
    draws: await create(drawsFile, drawColumns(dimension), onFrame),
    stats: await create(statsFile, STATS_COLUMNS),
  })

  try {
    const moments = isSubPosterior(task)
      ? createStreamedMoments(task, dimension, await create(MOMENTS_FILE, momentColumns(dimension)))
      : undefined
    if (from) moments?.restore(stateOf('moments', from.checkpoint.vectors))
    const sampling = await createPair(DRAWS_FILE, STATS_FILE, moments?.onFrame)
    const warmup = task.settings.saveWarmup ? await createPair(WARMUP_DRAWS_FILE, WARMUP_STATS_FILE) : undefined
    return {
      push(phase, chain) {
        const to = phase === 'warmup' ? warmup : sampling
        return to && bothOf(pushDraw(to.draws, chain), pushStatistics(to.stats, chain))
      },
      async sync() {
        const files: FileRecord[] = []
        const tails: Record<string, Float64Array> = {}
        for (const [name, writer] of writers) {
          const { record, tail } = await writer.sync()
          files.push(record)
          tails[tailOf(name)] = tail
        }
        return { files, unwritten: { ...tails, ...(moments && joinStates({ moments: moments.save() })) } }
      },
      async finish() {
        const files: FileRecord[] = []
        for (const name of CHAIN_FILES) {
          const writer = writers.get(name)
          if (writer) files.push(await writer.finish())
        }
        return files
      },
      close,
    }
  } catch (error) {
    await close()
    if (error instanceof CannotContinue) for (const name of CHAIN_FILES) await rm(join(directory, name), { force: true })
    throw error
  }
}

function continuationOf({ folder, checkpoint: { files, vectors } }: Beginning, name: string): Continuation {
  const record = files.find(file => file.path === name)
  const tail = vectors[tailOf(name)]
  if (!record || !tail) throw new CannotContinue(`the checkpoint in ${folder} does not know ${name}`)
  return { path: join(folder, name), record, tail }
}

/** Moments of each frame of draws, and a row of `moments.bin` per batch. */
function createStreamedMoments({ settings }: SampleTask, dimension: number, writer: RowsWriter) {
  let pending: Promise<void> | undefined
  const moments = createBatchedMoments(dimension, keptDraws(settings), row => {
    writer.frame.set(row, writer.at)
    pending = bothOf(pending, writer.commit())
  })
  const onFrame: FrameListener = (frame, rows) => {
    pending = undefined
    moments.add(frame, rows)
    return pending
  }
  return { save: moments.save, restore: moments.restore, onFrame }
}
