import type { Task, TaskFailure, TaskResult } from '../contracts/index.js'
import { acceptResult } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { finishedResults, writeTasks } from './finished-results.js'

/** Records of tasks that are written at a time: a disk puts them in safety together, which takes it no longer than one. */
const WRITTEN_TOGETHER = 16

/** How the tasks of one round ended. */
export interface Outcomes {
  readonly completed: ReadonlyMap<string, TaskResult>
  readonly failed: ReadonlyMap<string, TaskFailure>
  /** Stopped on request; a resume runs them. */
  readonly stopped: ReadonlySet<string>
}

/**
 * Runs tasks on a backend until each has ended. A task with a valid result on disk, from this or an earlier process, is not run again: its first valid
 * result is pinned and counts.
 */
export async function drive({ path: run, backend, context, observe }: ActiveRun, tasks: readonly Task[]): Promise<Outcomes> {
  const completed = new Map(await finishedResults(run, tasks))
  const failed = new Map<string, TaskFailure>()
  const stopped = new Set<string>()
  const open = tasks.filter(task => !completed.has(task.id))
  for (let from = 0; from < open.length; from += WRITTEN_TOGETHER) {
    await writeTasks(run, open.slice(from, from + WRITTEN_TOGETHER))
  }

  for await (const event of backend.run(open, context)) {
    if (event.type === 'completed') {
      await acceptResult(run, event.result)
      completed.set(event.task, event.result)
    }
    if (event.type === 'failed') failed.set(event.task, event.failure)
    if (event.type === 'stopped') stopped.add(event.task)
    observe({ type: 'task', event })
  }
  for (const { id } of open) {
    if (!completed.has(id) && !failed.has(id) && !stopped.has(id)) failed.set(id, unaccounted(id, backend.name))
  }
  return { completed, failed, stopped }
}

/** A task that its backend forgot has failed: nothing counts as a success that was not reported as one. */
const unaccounted = (task: string, backend: string): TaskFailure => ({
  cause: 'backend',
  code: 'CHORALE_BACKEND_FAILED',
  message: `the backend "${backend}" ended without saying how task ${task} ended`,
  retryable: true,
})
