/** The job bundle of a run, checked and loaded: what threads, processes, jobs and resumed runs execute. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TaskHooks } from '../contracts/backend.js'
import { ChoraleError } from '../contracts/error.js'
import type { Model, ShardData } from '../contracts/model.js'
import type { SamplerDefinition } from '../contracts/sampler.js'
import type { ModelReference, Task, TaskResult } from '../contracts/task.js'
import { isInsidePath, sha256 } from '../run-directory/file-record.js'
import { systemErrorCode } from '../run-directory/write-error.js'
import { toTaskError } from './task-failure.js'

/** What `job.mjs` exports. */
export interface Job {
  readonly model: Model
  readonly sampler: SamplerDefinition
  /** `data`: the shard's rows where the caller has them in memory. Rejects like `executeTask`. */
  runTask(task: Task, runDirectory: string, hooks: TaskHooks, data?: ShardData): Promise<TaskResult>
}

const loaded = new Map<string, Promise<Job>>()

/**
 * Loads a run's job bundle after checking its digest; once per process for a path and digest.
 * @throws ChoraleError `CHORALE_CODE_CHANGED` when the file is not the one that was planned; `CHORALE_MODEL_NOT_PORTABLE` for an inline model
 */
export function loadJob(runDirectory: string, reference: ModelReference): Promise<Job> {
  if (reference.kind === 'inline') {
    return Promise.reject(
      new ChoraleError('CHORALE_MODEL_NOT_PORTABLE', 'A model that is an object of the planning process cannot be loaded elsewhere.', {
        fix: 'put the model into a module and name it with the setting model, or use the backend cpu',
      }),
    )
  }
  const path = join(runDirectory, reference.path)
  const key = `${reference.digest} ${path}`
  const job = loaded.get(key) ?? importChecked(path, reference)
  loaded.set(key, job)
  job.catch(() => loaded.delete(key))
  return job
}

async function importChecked(path: string, { path: recorded, digest }: ModelReference & { kind: 'bundle' }): Promise<Job> {
  const changed = (what: string): ChoraleError =>
    new ChoraleError('CHORALE_CODE_CHANGED', `${path} ${what}: draws of changed code must not mix with the old ones.`, {
      lookedIn: path,
      fix: 'restore the file, or start a new run',
    })
  if (!isInsidePath(recorded)) throw changed('lies outside its run directory')
  const bytes = await readFile(path).catch((error: unknown) => {
    throw systemErrorCode(error) === 'ENOENT' ? changed('is missing') : error
  })
  if (sha256(bytes) !== digest) throw changed('is not the file that was planned (SHA-256 differs)')
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Job
}

/** Loads the bundle that the task names and runs the task: `RunContext.runTask`. Rejects with a `TaskError` or `TaskStoppedError`. */
export async function runTaskFromBundle(runDirectory: string, task: Task, hooks: TaskHooks, data?: ShardData): Promise<TaskResult> {
  const job = await loadJob(runDirectory, task.model).catch((error: unknown) => {
    throw toTaskError(error, runDirectory)
  })
  return job.runTask(task, runDirectory, hooks, data)
}
