import { join } from 'node:path'

import { z } from 'zod'

import {
  ChoraleError,
  encodeRows,
  encodeRowsHeader,
  type DrawMatrix,
  type EvaluateTask,
  type FileRecord,
  type LogDensityEvaluator,
  type Powers,
} from '../contracts/index.js'
import { taskBase } from '../planning/sample-tasks.js'
import { shardPowers } from '../planning/shard-powers.js'
import { layout, makeDirectory, readDensity, readRecord, sha256, toJsonText, writeOnce } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { drive } from './drive.js'

/**
 * Evaluates the log density of the given shards by `evaluate` tasks on the run's backend and adds them in shard order. Positions are addressed by their
 * content, with the powers, so the same question asked again, also after a crash, finds its answers.
 */
export function taskEvaluator(run: ActiveRun, shards: readonly number[]): LogDensityEvaluator {
  const powers = shardPowers(shards.length)
  return {
    async evaluate(positions, { signal, onShard }) {
      signal.throwIfAborted()
      const { file, address } = await writePositions(run.path, positions, powers)
      const round = await evaluationRound(run.path, address)
      const tasks = shards.map(shard => evaluateTask(run, shard, round, file, positions, powers))
      const { completed, failed, stopped } = await drive(run, tasks)
      const total = new Float64Array(positions.draws)
      for (const task of tasks) {
        const result = completed.get(task.id)
        if (!result) throw incomplete(task, failed.get(task.id)?.message, stopped.size > 0)
        const { logDensity } = await readDensity(run.path, result)
        if (logDensity.length !== positions.draws) {
          throw incomplete(task, `${logDensity.length} values for ${positions.draws} positions`, false)
        }
        onShard?.(task.shard, logDensity)
        logDensity.forEach((value, i) => (total[i]! += value))
      }
      return total
    },
  }
}

/** `address` is what the answers depend on besides the data: the same positions under other powers (of fewer shards) are another question. */
async function writePositions(
  run: string,
  { dimension, values }: DrawMatrix,
  powers: Powers,
): Promise<{ readonly file: FileRecord; readonly address: string }> {
  const bytes = Buffer.concat([encodeRowsHeader(Array.from({ length: dimension }, (_, i) => `x${i}`)), encodeRows(values)])
  const digest = sha256(bytes)
  const address = sha256(`${digest} ${powers.prior} ${powers.jacobian} ${powers.likelihood}`)
  const folder = layout.evaluationDirectory(run, address)
  await makeDirectory(folder)
  await writeOnce(join(folder, 'positions.bin'), bytes)
  return { file: { path: `evaluations/${address}/positions.bin`, bytes: bytes.length, digest }, address }
}

const roundSchema = z.object({ format: z.literal(1), address: z.string() })

/** The number of a question, in the order in which questions were first asked; task names hold it. Taken exclusively: questions may be asked together. */
async function evaluationRound(run: string, address: string): Promise<number> {
  for (let round = 0; ; round++) {
    const path = join(run, 'evaluations', `round-${String(round).padStart(3, '0')}.json`)
    if ((await writeOnce(path, toJsonText({ format: 1, address }))) === 'written') return round
    if ((await readRecord(path, roundSchema))?.address === address) return round
  }
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
