/**
 * Requests to end a run, or some of its tasks: files that any client may write. Drivers and jobs look for them, jobs at their start and at every checkpoint, so this
 * has no imports but Node's.
 */
import { randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { makeDirectory, toJsonText, writeOnce } from './atomic-file.js'
import { cancelledDirectory, cancelRequest, taskCancelRequest } from './layout.js'

/** Who asked. That the file is there is the request; what it says is for display. */
export interface CancelRequest {
  readonly format: 1
  readonly nonce: string
  readonly host: string
  readonly pid: number
  /** The writer's clock. */
  readonly at: number
}

const newRequest = (): CancelRequest => ({
  format: 1,
  nonce: randomBytes(16).toString('hex'),
  host: hostname(),
  pid: process.pid,
  at: Date.now(),
})

/** Asks for the end of a whole run (`cancel.json`), or of some tasks (`cancelled/TASK.json`). A request that is there already stays. */
export async function requestCancel(run: string, tasks: 'all' | readonly string[]): Promise<void> {
  if (tasks === 'all') {
    await writeOnce(cancelRequest(run), toJsonText(newRequest()))
    return
  }
  await makeDirectory(cancelledDirectory(run))
  for (const task of tasks) await writeOnce(taskCancelRequest(run, task), toJsonText(newRequest()))
}

/** The end of the whole run is asked for. */
export const isRunCancelled = (run: string): boolean => existsSync(cancelRequest(run))

/** The end of this task is asked for, alone or with its run. What a job asks before it begins, and at every checkpoint. */
export const isTaskCancelled = (run: string, task: string): boolean => isRunCancelled(run) || existsSync(taskCancelRequest(run, task))

/** Tasks whose end is asked for one by one. */
export async function listCancelledTasks(run: string): Promise<ReadonlySet<string>> {
  const names = await readdir(cancelledDirectory(run)).catch(() => [])
  return new Set(names.flatMap(name => /^([a-z0-9-]+)\.json$/.exec(name)?.[1] ?? []))
}

/** Nothing is asked for any more: for the driver of a run that goes on. */
export async function withdrawCancel(run: string): Promise<void> {
  await rm(cancelledDirectory(run), { recursive: true, force: true })
  await rm(cancelRequest(run), { force: true })
}
