import { join } from 'node:path'

import { foldIn } from '@chorale/random'

import {
  ChoraleError,
  encodeRows,
  encodeRowsHeader,
  type ConditionalTask,
  type DrawMatrix,
  type FileRecord,
  type SamplingSettings,
} from '../contracts/index.js'
import { localCoordinates, shardParameters } from '../planning/local-parameters.js'
import { taskBase } from '../planning/sample-tasks.js'
import { layout, makeDirectory, readDraws, sha256, writeOnce } from '../run-directory/index.js'
import { runKey } from '../run-key.js'
import type { ActiveRun } from './active-run.js'
import { drive } from './drive.js'
import { questionRound } from './question-round.js'
import { RunStopped } from './shard-results.js'

/** Given the global parameters, groups are independent and their density is simple: a longer warm-up would learn no more. */
const LONGEST_WARMUP = 300

/**
 * One draw of each shard's local parameters for each of N combined draws of the global ones, by `conditional` tasks on the run's backend, handed over in shard
 * order: N rows of local coordinates, ascending. The draws of the global parameters are addressed by their content, so a resume or the same combination again finds
 * what was drawn. All shards or an error: `CHORALE_LOCALS_INCOMPLETE`; `RunStopped` after a stop.
 */
export async function* conditionalLocals(
  run: ActiveRun,
  shards: readonly number[],
  globals: DrawMatrix,
): AsyncGenerator<{ readonly shard: number; readonly locals: DrawMatrix }> {
  run.context.signal.throwIfAborted()
  const { file, folder } = await writeGlobals(run.path, globals)
  const round = await questionRound(folder, file.digest)
  const tasks = shards.map(shard => conditionalTask(run, { shard, round, file, draws: globals.draws }))
  const { completed, failed, stopped } = await drive(run, tasks)
  if (stopped.size > 0) throw new RunStopped(`the local parameters of ${stopped.size} of ${shards.length} shards are not finished`)
  for (const task of tasks) {
    const result = completed.get(task.id)
    if (!result) throw incomplete(task.shard, failed.get(task.id)?.message ?? 'no result')
    const { draws, dimension, positions } = await readDraws(run.path, result)
    const wanted = localCoordinates(shardParameters(run.record.plan, task.shard)).length
    if (draws !== globals.draws || dimension !== wanted) {
      throw incomplete(task.shard, `${draws} draws of ${dimension} coordinates for ${globals.draws} of ${wanted}`)
    }
    yield { shard: task.shard, locals: { draws, dimension, values: positions } }
  }
}

async function writeGlobals(
  run: string,
  { dimension, values }: DrawMatrix,
): Promise<{ readonly file: FileRecord; readonly folder: string }> {
  const bytes = Buffer.concat([encodeRowsHeader(Array.from({ length: dimension }, (_, i) => `x${i}`)), encodeRows(values)])
  const digest = sha256(bytes)
  const path = `${layout.LOCALS}/${digest}/globals.bin`
  await makeDirectory(join(run, layout.LOCALS, digest))
  await writeOnce(join(run, path), bytes)
  return { file: { path, bytes: bytes.length, digest }, folder: join(run, layout.LOCALS) }
}

interface Question {
  readonly shard: number
  readonly round: number
  readonly file: FileRecord
  readonly draws: number
}

function conditionalTask({ record }: ActiveRun, { shard, round, file, draws }: Question): ConditionalTask {
  const { plan, seed } = record
  const { rows, bytes } = plan.shards[shard]!
  const settings: SamplingSettings = { ...plan.sampling, warmup: Math.min(plan.sampling.warmup, LONGEST_WARMUP), draws, thin: 1 }
  return {
    ...taskBase(record, shard),
    kind: 'conditional',
    id: layout.conditionalTaskId(shard, round),
    key: foldIn(runKey(seed, 'locals'), shard),
    powers: plan.powers,
    load: { rows, dataBytes: bytes, dimension: localCoordinates(shardParameters(plan, shard)).length, draws },
    globals: file,
    sampler: plan.sampler,
    settings,
  }
}

const incomplete = (shard: number, message: string): ChoraleError =>
  new ChoraleError('CHORALE_LOCALS_INCOMPLETE', `The local parameters of shard ${shard} could not be drawn: ${message}`, {
    askedBy: 'combination.locals: conditional',
    fix: 'chorale combine tries again without sampling; its flag --locals transport approximates them, --locals skip leaves them out',
  })
