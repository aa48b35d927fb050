/** Runs one task from claim to marker: the same function in process, in a thread and in a batch job. */
import { hostname } from 'node:os'
import type { TaskHooks } from '../contracts/backend.js'
import type { Model, ShardData } from '../contracts/model.js'
import type { SamplerDefinition } from '../contracts/sampler.js'
import { isTaskStoppedError, TaskStoppedError, type FileRecord, type Task, type TaskResult } from '../contracts/task.js'
import { claimAttempt, writeEnded, writeStarted, type ClaimedAttempt, type EndedRecord } from '../run-directory/attempt.js'
import { recordFile } from '../run-directory/file-record.js'
import { shardFile } from '../run-directory/layout.js'
import { loadShard } from '../run-directory/shard-data.js'
import { checkSamplerFiles, settleFiles } from './check-result.js'
import { earlierAttempts } from './earlier-attempts.js'
import { evaluateTask } from './evaluate-task.js'
import { taskError, toTaskError } from './task-failure.js'
import { withFixed } from './with-fixed.js'

export interface TaskExecution {
  /** Absolute. */
  readonly runDirectory: string
  readonly task: Task
  /** `attempt`: the first number to claim. The sampler sees the claimed one. */
  readonly hooks: TaskHooks
  readonly model: Model
  readonly sampler: Pick<SamplerDefinition, 'runTask'>
  /** The shard's rows where the caller has them in memory; needed for data of kind `shared`. Default: read and checked from the run directory. */
  readonly data?: ShardData
}

/**
 * Claims an attempt, samples or evaluates, and writes the records: `started.json`, the files, `ended.json`, the marker in `done/`, in this order.
 * @throws TaskError which says the cause; TaskStoppedError after `hooks.shouldStop()`
 */
export async function executeTask(execution: TaskExecution): Promise<TaskResult> {
  const { runDirectory, task, hooks } = execution
  let claimed: ClaimedAttempt
  try {
    claimed = await claimAttempt(runDirectory, task.id, hooks.attempt)
  } catch (error) {
    throw toTaskError(error, runDirectory)
  }
  const { attempt, directory } = claimed
  const began = performance.now()
  const base = () => ({ format: 1, task: task.id, attempt, seconds: (performance.now() - began) / 1000, node: hostname() }) as const
  const end = (record: EndedRecord): Promise<void> => writeEnded(runDirectory, directory, record)
  try {
    await writeStarted(task.id, claimed)
    hooks.emit({ type: 'started', task: task.id, attempt, at: Date.now(), where: hostname() })
    const files = await runClaimed(execution, claimed)
    await settleFiles(directory, files)
    const ended = base()
    await end({ ...ended, at: Date.now(), status: 'completed', files })
    return { ...ended, files }
  } catch (error) {
    if (isTaskStoppedError(error)) {
      const { iteration } = error.stopped
      const reason = hooks.stopReason?.() ?? error.stopped.reason
      const stopped = { ...error.stopped, task: task.id, attempt, reason }
      await end({ ...base(), at: Date.now(), status: 'stopped', iteration, reason }).catch((failure: unknown) => {
        throw toTaskError(failure, directory)
      })
      throw new TaskStoppedError(stopped)
    }
    const failed = toTaskError(error, directory)
    // Where the disk is full the record cannot be written either; what the caller must hear is why the task failed.
    await end({ ...base(), at: Date.now(), status: 'failed', failure: failed.failure }).catch(() => undefined)
    throw failed
  }
}

async function runClaimed(execution: TaskExecution, { attempt, directory }: ClaimedAttempt): Promise<readonly FileRecord[]> {
  const { runDirectory, task, sampler } = execution
  const { model, hooks } = withFixed({ model: execution.model, hooks: await hooksOf(execution, attempt) }, task.fixed)
  const data = await dataOf(execution)
  if (task.kind === 'evaluate') {
    const names = await evaluateTask(runDirectory, task, model, data, directory, hooks)
    return Promise.all(names.map(name => recordFile(directory, name)))
  }
  const { files } = await sampler.runTask(task, model, data, directory, hooks)
  await checkSamplerFiles(task, directory, files)
  return files
}

/** The caller's hooks with the attempt that was claimed and what earlier ones left. */
async function hooksOf({ runDirectory, task, hooks }: TaskExecution, attempt: number): Promise<TaskHooks> {
  return {
    attempt,
    emit: event => hooks.emit(event),
    shouldStop: () => hooks.shouldStop(),
    earlier: task.kind === 'evaluate' ? [] : await earlierAttempts(runDirectory, task.id, attempt),
    ...(hooks.bind ? { bind: (model, data, summary) => hooks.bind!(model, data, summary) } : {}),
  }
}

async function dataOf({ runDirectory, task, data }: TaskExecution): Promise<ShardData> {
  if (data) return data
  if (task.data.kind === 'columns') return loadShard(shardFile(runDirectory, task.data.directory, task.shard), task.data.digest)
  throw taskError(
    'start',
    'CHORALE_DATA_NOT_GIVEN',
    `task ${task.id} reads shared data ${task.data.id}, which its transport did not hand over`,
  )
}
