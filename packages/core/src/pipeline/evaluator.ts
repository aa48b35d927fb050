import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

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
import { modelReference } from '../planning/sample-tasks.js'
import { layout, readDensity, readRecord, sha256, toJsonText, writeOnce } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { drive } from './drive.js'

/** The powers with which a number of shards together make the full posterior. */
export const shardPowers = (shards: number): Powers => ({ prior: 1 / shards, jacobian: 1 / shards, likelihood: 1 })

/**
 * Evaluates the log density of the given shards by `evaluate` tasks on the run's backend and adds them in shard order. Positions are addressed by their
 * content, so the same question asked again, also after a crash, finds its answers.
 */
export function taskEvaluator(run: ActiveRun, shards: readonly number[]): LogDensityEvaluator {
  const powers = shardPowers(shards.length)
  return {
    async evaluate(positions, { onShard }) {
      const file = await writePositions(run.path, positions)
      const round = await evaluationRound(run.path, file.digest)
      const tasks = shards.map(shard => evaluateTask(run, shard, round, file, positions, powers))
      const { completed, failed, stopped } = await drive(run, tasks)
      const total = new Float64Array(positions.draws)
      for (const task of tasks) {
        const result = completed.get(task.id)
        if (!result) throw incomplete(task, failed.get(task.id)?.message, stopped.size > 0)
        const { logDensity } = await readDensity(run.path, result)
        onShard?.(task.shard, logDensity)
        logDensity.forEach((value, i) => (total[i]! += value))
      }
      return total
    },
  }
}

async function writePositions(run: string, { dimension, values }: DrawMatrix): Promise<FileRecord> {
  const bytes = Buffer.concat([encodeRowsHeader(Array.from({ length: dimension }, (_, i) => `x${i}`)), encodeRows(values)])
  const digest = sha256(bytes)
  const folder = layout.evaluationDirectory(run, digest)
  await mkdir(folder, { recursive: true })
  await writeOnce(join(folder, 'positions.bin'), bytes)
  return { path: `evaluations/${digest}/positions.bin`, bytes: bytes.length, digest }
}

const roundSchema = z.object({ format: z.literal(1), round: z.int() })

/** The round that these positions were given the first time they were asked about; task names hold it. */
async function evaluationRound(run: string, digest: string): Promise<number> {
  const path = join(layout.evaluationDirectory(run, digest), 'round.json')
  const known = await readRecord(path, roundSchema)
  if (known) return known.round
  const others = await readdir(dirname(dirname(path)))
  const rounds = await Promise.all(others.map(name => readRecord(join(layout.evaluationDirectory(run, name), 'round.json'), roundSchema)))
  const round = rounds.filter(entry => entry !== undefined).length
  await writeOnce(path, toJsonText({ format: 1, round }))
  return round
}

function evaluateTask(run: ActiveRun, shard: number, round: number, positions: FileRecord, { draws }: DrawMatrix, powers: Powers): EvaluateTask {
  const { plan, data } = run.record
  const { rows, bytes, digest } = plan.shards[shard]!
  return {
    format: 1,
    kind: 'evaluate',
    id: layout.evaluateTaskId(shard, round),
    shard,
    model: modelReference(run.record),
    data: { kind: 'columns', directory: data.directory, digest },
    summary: plan.summary,
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
