/** What the job of a submission is to do, read from the run directory. */
import { readFile, readdir } from 'node:fs/promises'
import type { Task } from '../../contracts/task.js'
import type { EndedRecord } from '../../run-directory/attempt.js'
import { listCancelledTasks } from '../../run-directory/cancel-request.js'
import { attemptDirectory, cancelRequest, doneDirectory, endedRecord, taskDirectory, taskRecord } from '../../run-directory/layout.js'
import { beatFile, intentFile, revokedFile, type JobBeat, type JobOrder } from '../job-files.js'

export const readOrder = async (run: string, submission: number): Promise<JobOrder> =>
  JSON.parse(await readFile(intentFile(run, submission), 'utf8')) as JobOrder

export const readTask = async (run: string, id: string): Promise<Task> => JSON.parse(await readFile(taskRecord(run, id), 'utf8')) as Task

/** Text of the run's cancel request; null without one. */
export const cancelText = (run: string): Promise<string | null> => readFile(cancelRequest(run), 'utf8').catch(() => null)

/** Which of these tasks are to end: all when the submission was revoked or the end of the run was asked for since; else those whose own end is asked for. */
export async function unwanted(run: string, submission: number, order: JobOrder, tasks: readonly string[]): Promise<ReadonlySet<string>> {
  const revoked = await readFile(revokedFile(run, submission), 'utf8').catch(() => null)
  if (revoked !== null) return new Set(tasks)
  const cancel = await cancelText(run)
  if (cancel !== null && cancel !== order.oldCancel) return new Set(tasks)
  const cancelled = await listCancelledTasks(run)
  return new Set(tasks.filter(task => cancelled.has(task)))
}

/** Whether an attempt of the task completed, by its record. */
export async function isCompleted(run: string, task: string): Promise<boolean> {
  const names = await readdir(doneDirectory(run)).catch(() => [])
  for (const name of names) {
    if (!name.startsWith(`${task}.`)) continue
    const attempt = Number(name.slice(task.length + 1))
    const text = await readFile(endedRecord(attemptDirectory(run, task, attempt)), 'utf8').catch(() => undefined)
    if (text !== undefined && statusOf(text) === 'completed') return true
  }
  return false
}

/** Milliseconds of the slowest checkpoint that earlier attempts of the task have written; 0 without one. */
export async function slowestCheckpoint(run: string, task: string): Promise<number> {
  const attempts = (await readdir(taskDirectory(run, task)).catch(() => [])).filter(name => /^\d{3,}$/.test(name)).map(Number)
  const beats = await Promise.all(attempts.map(attempt => readFile(beatFile(attemptDirectory(run, task, attempt)), 'utf8').catch(() => '')))
  return Math.max(0, ...beats.map(checkpointOf))
}

function checkpointOf(beat: string): number {
  try {
    const { slowestCheckpoint = 0 } = JSON.parse(beat) as Partial<JobBeat>
    return Number.isFinite(slowestCheckpoint) ? slowestCheckpoint : 0
  } catch {
    return 0
  }
}

function statusOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as EndedRecord).status
  } catch {
    return undefined
  }
}
