import { existsSync } from 'node:fs'

import type { Task, TaskFailure } from '../contracts/index.js'
import { layout, listCancelledTasks, listEndedAttempts, readEnding, type EndedRecord } from '../run-directory/index.js'

/** Of those of the tasks whose end was asked for, one by one. They are run again by a resume only, which withdraws such requests. */
export async function cancelledTasks(run: string, tasks: readonly Task[]): Promise<ReadonlyMap<string, TaskFailure>> {
  const asked = await listCancelledTasks(run)
  return new Map(tasks.flatMap(({ id }) => (asked.has(id) ? [[id, cancelled(id)] as const] : [])))
}

/** How a task has failed whose end was asked for; undefined where nobody did. The end of the whole run is the run's. */
export const cancelledTask = (run: string, task: string): TaskFailure | undefined =>
  existsSync(layout.taskCancelRequest(run, task)) ? cancelled(task) : undefined

const cancelled = (task: string): TaskFailure => ({
  cause: 'cancelled',
  code: 'CHORALE_TASK_CANCELLED',
  message: `task ${task} was cancelled (chorale cancel)`,
  retryable: false,
})

/** Of those whose last attempt failed for a reason that another attempt would not mend: whoever collects a run does not try them again. */
export async function finalFailures(run: string, tasks: readonly Task[]): Promise<ReadonlyMap<string, TaskFailure>> {
  const wanted = new Set(tasks.map(({ id }) => id))
  const last = new Map((await listEndedAttempts(run)).filter(({ task }) => wanted.has(task)).map(marker => [marker.task, marker]))
  const failures = new Map<string, TaskFailure>()
  for (const marker of last.values()) {
    // A record that cannot be read says nothing: its task is run.
    const ending: EndedRecord | undefined = await readEnding(run, marker).catch(() => undefined)
    if (ending?.status === 'failed' && !ending.failure.retryable) failures.set(marker.task, ending.failure)
  }
  return failures
}
