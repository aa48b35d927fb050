/** What is to be done with one task, from what its attempts recorded and what the scheduler says. Pure: the rules of the backend in one place. */
import type { JobView } from '../../contracts/scheduler.js'
import type { TaskFailure, TaskResult, TaskStopped } from '../../contracts/task.js'
import type { TaskHistory } from '../submission/submission-records.js'

/** An attempt that ended, and the submission whose job executed it. */
export interface SeenAttempt {
  readonly attempt: number
  /** undefined where the attempt does not say. */
  readonly submission: number | undefined
  readonly ended:
    | { readonly status: 'completed'; readonly result: TaskResult }
    | { readonly status: 'failed'; readonly failure: TaskFailure }
    | { readonly status: 'stopped'; readonly stopped: TaskStopped }
}

/** The newest submission of the task that still counts. */
export interface CurrentSubmission {
  readonly number: number
  readonly history: TaskHistory
  readonly walltimeSeconds: number | null
  /** What the scheduler said of the task's job last; sticky once it has ended. */
  readonly view: JobView | undefined
  /** The job ended, or the scheduler does not know it any more, and the time in which a result might still show has passed. */
  readonly over: boolean
  /** The failure to tell then. */
  readonly unrecorded: () => TaskFailure
  /** Looks in a row that said that the job can never run. */
  readonly hopeless: number
  readonly hopelessFailure: () => TaskFailure
}

export type Decision =
  | { readonly kind: 'wait' }
  | { readonly kind: 'completed'; readonly result: TaskResult }
  | { readonly kind: 'failed'; readonly attempt: number; readonly failure: TaskFailure }
  /** A client asked for it. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'again'; readonly attempt: number; readonly history: TaskHistory; readonly because: TaskFailure | TaskStopped }

/** Stops in a row that may bring nothing. */
const IDLE_STOPS = 2
const HOPELESS_LOOKS = 2

/** `attempts`: every attempt of the task that ended, in their order. */
export function decide(attempts: readonly SeenAttempt[], current: CurrentSubmission, limit: number): Decision {
  for (const { ended } of attempts) if (ended.status === 'completed') return { kind: 'completed', result: ended.result }
  const { history, number } = current
  const own = attempts.filter(({ submission = number }) => submission === number)
  const last = own.at(-1)
  const attempt = last?.attempt ?? attempts.at(-1)?.attempt ?? 0
  const afterFailure = (failure: TaskFailure): Decision => {
    const failures = history.failures + 1
    return failure.retryable && failures < limit
      ? { kind: 'again', attempt, history: { failures, idleStops: 0 }, because: failure }
      : { kind: 'failed', attempt, failure }
  }
  // A server that reruns a job under the same id makes another attempt: while the job lives, what an earlier one recorded decides nothing.
  if (last && !(isAlive(current.view) && restarted(own, current.view))) {
    const { ended } = last
    if (ended.status === 'failed') return afterFailure(ended.failure)
    if (ended.status === 'stopped') {
      if (ended.stopped.reason === 'cancelled') return { kind: 'cancelled' }
      // A signal may be the walltime's, a preemption's, or of somebody who deleted the job: the scheduler knows.
      if (ended.stopped.reason === 'stop' && !current.over && current.view?.end === undefined) return { kind: 'wait' }
      if (current.view?.end?.cause === 'deleted') return { kind: 'failed', attempt, failure: current.unrecorded() }
      const before = attempts.filter(other => other.attempt < last.attempt).reduce((most, other) => Math.max(most, iterationOf(other)), 0)
      const idleStops = ended.stopped.iteration > before ? 0 : history.idleStops + 1
      if (idleStops >= IDLE_STOPS) return { kind: 'failed', attempt, failure: noProgress(ended.stopped, current.walltimeSeconds) }
      return { kind: 'again', attempt, history: { failures: history.failures, idleStops }, because: ended.stopped }
    }
  }
  if (current.hopeless >= HOPELESS_LOOKS) return { kind: 'failed', attempt, failure: current.hopelessFailure() }
  return current.over ? afterFailure(current.unrecorded()) : { kind: 'wait' }
}

const isAlive = (view: JobView | undefined): boolean => view !== undefined && view.state !== 'ended' && view.state !== 'ending'

/** More starts than attempts that ended: a newer one runs, or is about to. */
const restarted = (own: readonly SeenAttempt[], view: JobView | undefined): boolean => (view?.runs ?? 0) > own.length

const iterationOf = ({ ended }: SeenAttempt): number => (ended.status === 'stopped' ? ended.stopped.iteration : 0)

function noProgress({ task, iteration }: TaskStopped, walltime: number | null): TaskFailure {
  const limit = walltime === null ? 'its walltime' : `a walltime of ${walltime} s`
  return {
    cause: 'walltime',
    code: 'CHORALE_NO_PROGRESS_IN_WALLTIME',
    message:
      `task ${task} came no further than iteration ${iteration} in two jobs of ${limit}: ` +
      (walltime === null ? 'set backend.walltime' : `set backend.walltime to at least ${2 * walltime} s`) +
      ', or use more shards (sharding.shards), whose iterations take less time',
    retryable: false,
  }
}
