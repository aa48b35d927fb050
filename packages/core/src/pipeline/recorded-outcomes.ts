import { ChoraleError, type Task, type TaskFailure } from '../contracts/index.js'
import { listEndedAttempts, readEndedAttempt } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import type { Outcomes } from './drive.js'
import { finishedResults } from './finished-results.js'

/** How tasks ended in earlier processes of a run. Nothing is run; a task that has not ended is an error. */
export async function recordedOutcomes({ path, record }: ActiveRun, tasks: readonly Task[]): Promise<Outcomes> {
  const completed = await finishedResults(path, tasks)
  const failed = new Map<string, TaskFailure>()
  const wanted = new Set(tasks.map(task => task.id).filter(id => !completed.has(id)))
  for (const marker of await listEndedAttempts(path)) {
    if (!wanted.has(marker.task)) continue
    const ended = await readEndedAttempt(path, marker)
    if (ended.status === 'failed') failed.set(marker.task, ended.failure)
  }
  const open = [...wanted].filter(id => !failed.has(id))
  if (open.length === 0) return { completed, failed, stopped: new Set() }
  throw new ChoraleError('CHORALE_RUN_UNFINISHED', `${open.length} of ${tasks.length} chains of this run are not finished`, {
    lookedIn: path,
    fix: `chorale run --resume ${record.id}`,
  })
}
