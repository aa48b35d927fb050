import { ChoraleError, isChoraleError, type Task, type TaskFailure } from '../contracts/index.js'
import { listEndedAttempts, readEndedAttempt, type EndedAttempt, type EndedMarker } from '../run-directory/index.js'
import type { ActiveRun } from './active-run.js'
import type { Outcomes } from './drive.js'
import { finishedResults } from './finished-results.js'
import { cancelledTasks } from './settled-failures.js'

/** How tasks ended in earlier processes of a run. Nothing is run; a task that has not ended is an error. */
export async function recordedOutcomes({ path, record }: ActiveRun, tasks: readonly Task[]): Promise<Outcomes> {
  const completed = await finishedResults(path, tasks)
  const failed = new Map<string, TaskFailure>()
  const wanted = new Set(tasks.map(task => task.id).filter(id => !completed.has(id)))
  for (const marker of await listEndedAttempts(path)) {
    if (!wanted.has(marker.task)) continue
    const ended = await readWholeAttempt(path, marker)
    if (ended?.status === 'failed') failed.set(marker.task, ended.failure)
  }
  for (const [id, failure] of await cancelledTasks(path, tasks)) if (wanted.has(id)) failed.set(id, failure)
  const open = [...wanted].filter(id => !failed.has(id))
  if (open.length === 0) return { completed, failed, stopped: new Set() }
  throw new ChoraleError('CHORALE_RUN_UNFINISHED', `${open.length} of ${tasks.length} chains of this run are not finished`, {
    lookedIn: path,
    fix: record.plan.detachable ? `chorale attach ${record.id} (waits for them and combines)` : `chorale run --resume ${record.id}`,
  })
}

/** undefined for an attempt whose files are damaged: its task counts as not finished, and a resume runs it again. */
async function readWholeAttempt(run: string, marker: EndedMarker): Promise<EndedAttempt | undefined> {
  try {
    return await readEndedAttempt(run, marker)
  } catch (error) {
    if (isChoraleError(error) && error.code === 'CHORALE_RESULT_DAMAGED') return undefined
    throw error
  }
}
