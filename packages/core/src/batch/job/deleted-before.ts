/** Whether the job that this one goes on for was deleted by somebody: then its task has ended, as a client would say too. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import type { TaskFailure } from '../../contracts/task.js'
import type { EndedRecord } from '../../run-directory/attempt.js'
import { attemptDirectory, endedRecord, taskDirectory } from '../../run-directory/layout.js'
import { beatFile, jobRecordFile, type JobBeat, type JobOrder, type JobRecord } from '../job-files.js'

/** A scheduler that does not answer keeps no job from its work. */
const ANSWER_MS = 30_000
const CODE = 'CHORALE_JOB_DELETED'

/**
 * Of these tasks those whose job before this one was deleted. The scheduler is asked, once, only about a task that this job left without saying why: it was killed, or
 * ended by a signal that was not the walltime's. Where the node cannot ask, or the answer says something else, the task goes on.
 */
export async function deletedBefore(
  run: string,
  { continues = null, deletion }: JobOrder,
  index: number,
  tasks: readonly string[],
): Promise<readonly string[]> {
  if (continues === null) return []
  const found = await Promise.all(tasks.map(async task => ({ task, left: await howLeft(run, task, continues) })))
  const told = found.filter(({ left }) => left === 'deleted').map(({ task }) => task)
  const silent = found.filter(({ left }) => left === 'silent').map(({ task }) => task)
  return silent.length > 0 && deletion && (await saysYes(deletion, index)) ? [...told, ...silent] : told
}

/** How the job of that submission left a task. `elsewhere`: the newest attempt is not its own. */
async function howLeft(run: string, task: string, submission: number): Promise<'deleted' | 'silent' | 'told' | 'elsewhere'> {
  const names = await readdir(taskDirectory(run, task)).catch(() => [])
  const newest = names.reduce((most, name) => (/^\d{3,}$/.test(name) ? Math.max(most, Number(name)) : most), 0)
  if (newest === 0) return 'elsewhere'
  const directory = attemptDirectory(run, task, newest)
  const job = await readJson<JobRecord>(jobRecordFile(directory))
  if (job?.submission !== submission) return 'elsewhere'
  const ended = await readJson<EndedRecord>(endedRecord(directory))
  if (ended?.status === 'failed' && ended.failure.code === CODE) return 'deleted'
  if (ended !== undefined && !(ended.status === 'stopped' && ended.reason === 'stop')) return 'told'
  // Some servers say of a job that was killed at its walltime what they say of one that was deleted.
  return typeof job.deadline === 'number' && (await lastSeen(directory, job, ended)) >= job.deadline ? 'told' : 'silent'
}

/** Milliseconds since 1970 of the node's clock, at most: its process may be older than the attempt. */
async function lastSeen(directory: string, { at }: JobRecord, ended: EndedRecord | undefined): Promise<number> {
  if (ended) return ended.at
  const beat = await readJson<JobBeat>(beatFile(directory))
  return at + 1000 * (beat?.usage?.seconds ?? 0)
}

function saysYes({ command, yes }: NonNullable<JobOrder['deletion']>, index: number): Promise<boolean> {
  const [file, ...words] = command.map(word => word.replaceAll('{index}', String(index)))
  return new Promise(resolve => {
    execFile(file!, words, { timeout: ANSWER_MS, maxBuffer: 1024 * 1024 }, (_, stdout) => resolve(new RegExp(yes, 'm').test(stdout)))
  })
}

export const deletionFailure = (task: string): TaskFailure => ({
  cause: 'cancelled',
  code: CODE,
  message: `the job of task ${task} was deleted by a user or an administrator, so the jobs that were to go on for it end too`,
  retryable: false,
})

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
