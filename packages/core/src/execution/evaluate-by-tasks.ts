import { join } from 'node:path'

import {
  ChoraleError,
  encodeRows,
  encodeRowsHeader,
  type DrawMatrix,
  type EvaluateTask,
  type FileRecord,
  type Powers,
} from '../contracts/index.js'
import { taskBase } from '../planning/sample-tasks.js'
import { layout, makeDirectory, readDensity, sha256, writeOnce } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { drive } from './drive.js'
import type { Answerer } from './evaluator.js'
import { questionRound } from './question-round.js'

/** Answers by `evaluate` tasks on the run's backend. Answers are addressed by the question's content, so the same one asked again, also after a crash, finds them. */
export function byTasks(run: ActiveRun, shards: readonly number[], powers: Powers): Answerer {
  return async (positions, gradient, listen) => {
    const { file, address } = await writePositions(run.path, positions, { powers, gradient })
    const round = await questionRound(join(run.path, 'evaluations'), address)
    const tasks = shards.map(shard => ({ ...evaluateTask(run, shard, round, file, positions, powers), gradient }))
    const { completed, failed, stopped } = await drive(run, tasks)
    for (const task of tasks) {
      const result = completed.get(task.id)
      if (!result) throw incomplete(task, failed.get(task.id)?.message, stopped.size > 0)
      const values = await readDensity(run.path, result)
      if (values.logDensity.length !== positions.draws) {
        throw incomplete(task, `${values.logDensity.length} values for ${positions.draws} positions`, false)
      }
      listen(task.shard, values)
    }
  }
}

/** `address` is what the answers depend on besides the data: the same positions under other powers (of fewer shards) are another question. */
async function writePositions(
  run: string,
  { dimension, values }: DrawMatrix,
  { powers, gradient }: { readonly powers: Powers; readonly gradient: boolean },
): Promise<{ readonly file: FileRecord; readonly address: string }> {
  const bytes = Buffer.concat([encodeRowsHeader(Array.from({ length: dimension }, (_, i) => `x${i}`)), encodeRows(values)])
  const digest = sha256(bytes)
  const address = sha256(`${digest} ${powers.prior} ${powers.jacobian} ${powers.likelihood}${gradient ? ' gradient' : ''}`)
  const folder = layout.evaluationDirectory(run, address)
  await makeDirectory(folder)
  await writeOnce(join(folder, 'positions.bin'), bytes)
  return { file: { path: `evaluations/${address}/positions.bin`, bytes: bytes.length, digest }, address }
}

function evaluateTask(
  run: ActiveRun,
  shard: number,
  round: number,
  positions: FileRecord,
  { draws }: DrawMatrix,
  powers: Powers,
): EvaluateTask {
  const { plan } = run.record
  const { rows, bytes } = plan.shards[shard]!
  return {
    ...taskBase(run.record, shard),
    kind: 'evaluate',
    id: layout.evaluateTaskId(shard, round),
    powers,
    load: { rows, dataBytes: bytes, dimension: plan.dimension, draws },
    positions,
    gradient: false,
    pointwise: false,
  }
}

function incomplete(task: EvaluateTask, message: string | undefined, stopped: boolean): ChoraleError {
  return new ChoraleError(
    'CHORALE_EVALUATION_INCOMPLETE',
    stopped
      ? 'The evaluation of the full-data log density was stopped'
      : `The log density of shard ${task.shard} could not be evaluated: ${message ?? 'no result'}`,
    { fix: stopped ? 'chorale run --resume' : 'chorale combine tries again without sampling; verification.enabled: false goes without' },
  )
}
