import { join } from 'node:path'

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
import { layout, makeDirectory, readDensity, sha256, writeOnce, type DensityValues } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { drive } from './drive.js'
import { questionRound } from './question-round.js'

/**
 * Evaluates the log density of the given shards by `evaluate` tasks on the run's backend and adds them in shard order. Positions are addressed by their
 * content, with the powers, so the same question asked again, also after a crash, finds its answers. `budget`: how many positions a combiner may ask about.
 */
export function taskEvaluator(run: ActiveRun, shards: readonly number[], budget = Infinity): LogDensityEvaluator {
  const powers = shardPowers(shards.length)

  /** Asks all shards, and hands over their answers in shard order. */
  const ask = async (
    positions: DrawMatrix,
    { signal, gradient }: { readonly signal: AbortSignal; readonly gradient: boolean },
    listen: (shard: number, values: DensityValues) => void,
  ): Promise<void> => {
    signal.throwIfAborted()
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

  return {
    budget,
    async evaluate(positions, { signal, onShard }) {
      const total = new Float64Array(positions.draws)
      await ask(positions, { signal, gradient: false }, (shard, { logDensity }) => {
        onShard?.(shard, logDensity)
        addTo(total, logDensity)
      })
      return total
    },
    async gradients(positions, { signal }) {
      const { draws, dimension } = positions
      const logDensity = new Float64Array(draws)
      const values = new Float64Array(draws * dimension)
      await ask(positions, { signal, gradient: true }, (_, found) => {
        addTo(logDensity, found.logDensity)
        addTo(values, found.gradients)
      })
      return { logDensity, gradients: { draws, dimension, values } }
    },
  }
}

function addTo(total: Float64Array, values: Float64Array): void {
  for (let i = 0; i < total.length; i++) total[i]! += values[i]!
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
