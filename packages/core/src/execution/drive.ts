import type { Task, TaskEvent, TaskFailure, TaskResult } from '../contracts/index.js'
import { acceptResult } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { finishedResults, writeTasks } from './finished-results.js'
import { hopelessRun, isHopeless } from './hopeless-run.js'
import { requireDriving } from './require-driving.js'

/** Records of tasks that are written at a time: a disk puts them in safety together, which takes it no longer than one. */
const WRITTEN_TOGETHER = 16
/** How often a driver looks whether it still is one, while nothing ends. */
const LOOK_MS = 1_000

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
 * @throws ChoraleError `CHORALE_RUN_HOPELESS` when most of the first chains fail; `CHORALE_RUN_BUSY` when another process has taken over. Both stop what runs.
 */
export async function drive(run: ActiveRun, tasks: readonly Task[]): Promise<Outcomes> {
  const { path, backend, context, observe, settings } = run
  const completed = new Map(await finishedResults(path, tasks))
  const failed = new Map<string, TaskFailure>()
  const stopped = new Set<string>()
  const open = tasks.filter(task => !completed.has(task.id))
  const finishedBefore = completed.size
  for (let from = 0; from < open.length; from += WRITTEN_TOGETHER) {
    await writeTasks(path, open.slice(from, from + WRITTEN_TOGETHER))
  }

  let looked = performance.now()
  for await (const event of backend.run(open, context)) {
    if (event.type === 'completed' || event.type === 'failed' || performance.now() - looked > LOOK_MS) {
      await requireDriving(run)
      looked = performance.now()
    }
    if (event.type === 'completed') {
      await acceptResult(path, event.result)
      completed.set(event.task, event.result)
    }
    if (event.type === 'failed') failed.set(event.task, event.failure)
    if (event.type === 'stopped') stopped.add(event.task)
    observe({ type: 'task', event })
    const ended = completed.size - finishedBefore + failed.size
    if (isFailedChain(event, tasks) && ended < open.length && isHopeless(failed.size, ended, settings.combination.minSuccessRate)) {
      throw hopelessRun(path, [...failed.values()], { ended, tasks: open.length })
    }
  }
  for (const { id } of open) {
    if (!completed.has(id) && !failed.has(id) && !stopped.has(id)) failed.set(id, unaccounted(id, backend.name))
  }
  return { completed, failed, stopped }
}

/** Questions about the density have their own errors, which say what was asked. */
const isFailedChain = (event: TaskEvent, [task]: readonly Task[]): boolean => event.type === 'failed' && task?.kind === 'sample'

/** A task that its backend forgot has failed: nothing counts as a success that was not reported as one. */
const unaccounted = (task: string, backend: string): TaskFailure => ({
  cause: 'backend',
  code: 'CHORALE_BACKEND_FAILED',
  message: `the backend "${backend}" ended without saying how task ${task} ended`,
  retryable: true,
})
