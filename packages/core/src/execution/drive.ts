import type { Task, TaskEvent, TaskFailure, TaskResult } from '../contracts/index.js'
import { acceptResult } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import { finishedResults, writeTasks } from './finished-results.js'
import { hopelessRun, isHopeless } from './hopeless-run.js'
import { requireDriving } from './require-driving.js'
import { cancelledTask, cancelledTasks, finalFailures } from './settled-failures.js'

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
 * result is pinned and counts. Nor is one whose end was asked for: it has failed. `settled`: tasks that have failed for good.
 * @throws ChoraleError `CHORALE_RUN_HOPELESS` when most of the first chains fail; `CHORALE_RUN_BUSY` when another process has taken over. Both stop what runs.
 */
export async function drive(
  run: ActiveRun,
  tasks: readonly Task[],
  settled: ReadonlyMap<string, TaskFailure> = new Map(),
): Promise<Outcomes> {
  const { path, backend, context, observe, settings } = run
  const completed = new Map(await finishedResults(path, tasks))
  const unfinished = tasks.filter(task => !completed.has(task.id))
  const cancelled = await cancelledTasks(path, unfinished)
  const failed = new Map(unfinished.flatMap(({ id }) => entryOf(id, cancelled.get(id) ?? settled.get(id))))
  const stopped = new Set<string>()
  const open = unfinished.filter(task => !failed.has(task.id))
  const endedBefore = completed.size + failed.size
  const failedBefore = failed.size
  await writeTasks(path, open)
  await requireDriving(run)
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
    if (event.type === 'stopped') {
      const asked = cancelledTask(path, event.task)
      if (asked) failed.set(event.task, asked)
      else stopped.add(event.task)
    }
    observe({ type: 'task', event })
    const ended = completed.size + failed.size - endedBefore
    const failures = failed.size - failedBefore
    if (isFailedChain(event, tasks) && ended < open.length && isHopeless(failures, ended, settings.combination.minSuccessRate)) {
      throw hopelessRun(path, [...failed.values()].slice(failedBefore), { ended, tasks: open.length })
    }
  }
  for (const { id } of open) {
    if (completed.has(id) || failed.has(id) || stopped.has(id)) continue
    // Whoever detaches leaves the tasks where they are, and says nothing about them.
    if (context.signal.aborted) stopped.add(id)
    else failed.set(id, unaccounted(id, backend.name))
  }
  return { completed, failed, stopped }
}

/** As `drive`, for whoever collects what others have submitted: what has failed for good is not tried again. */
export const collect = async (run: ActiveRun, tasks: readonly Task[]): Promise<Outcomes> =>
  drive(run, tasks, await finalFailures(run.path, tasks))

const entryOf = <K, V>(key: K, value: V | undefined): readonly (readonly [K, V])[] => (value === undefined ? [] : [[key, value]])

/** Questions about the density have their own errors, which say what was asked. */
const isFailedChain = (event: TaskEvent, [task]: readonly Task[]): boolean => event.type === 'failed' && task?.kind === 'sample'

/** A task that its backend forgot has failed: nothing counts as a success that was not reported as one. */
const unaccounted = (task: string, backend: string): TaskFailure => ({
  cause: 'backend',
  code: 'CHORALE_BACKEND_FAILED',
  message: `the backend "${backend}" ended without saying how task ${task} ended`,
  retryable: true,
})
