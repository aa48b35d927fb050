import type { Clock } from '../clock.js'
import {
  isTaskError,
  isTaskStopped,
  isTaskStoppedError,
  type RunContext,
  type RunningTask,
  type Task,
  type TaskEvent,
  type TaskFailure,
  type TaskResult,
  type TaskStopped,
  type Transport,
} from '../contracts/index.js'

/** How one attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'completed'; readonly result: TaskResult }
  | { readonly kind: 'stopped'; readonly stopped: TaskStopped }
  | { readonly kind: 'failed'; readonly failure: TaskFailure }

/** How long a task that was asked to stop may take before it is killed: a checkpoint takes less. */
const STOP_GRACE_MS = 800

const failed = (failure: TaskFailure): AttemptOutcome => ({ kind: 'failed', failure })

/** What a rejected outcome says; whatever is not a `TaskError` is the backend's own failure. */
export function failureOf(error: unknown): TaskFailure {
  if (isTaskError(error)) return error.failure
  const message = error instanceof Error ? error.message : String(error)
  return { cause: 'backend', code: 'CHORALE_BACKEND_FAILED', message, retryable: true }
}

function settle(outcome: Promise<TaskResult | TaskStopped>): Promise<AttemptOutcome> {
  return outcome.then(
    value => (isTaskStopped(value) ? { kind: 'stopped', stopped: value } : { kind: 'completed', result: value }),
    (error: unknown): AttemptOutcome =>
      isTaskStoppedError(error) ? { kind: 'stopped', stopped: error.stopped } : failed(failureOf(error)),
  )
}

/**
 * Runs one attempt of one task over a transport: its time limit, its heartbeat, its memory limit, and the run's stop request.
 *
 * A result that is already there wins over every limit: an outcome is always read before a task is declared dead. `emit` gets the task's own events;
 * the final one is the caller's.
 */
export async function runAttempt(
  transport: Transport,
  task: Task,
  attempt: number,
  context: RunContext,
  clock: Clock,
  emit: (event: TaskEvent) => void,
): Promise<AttemptOutcome> {
  let lastSign: number | undefined
  let running: RunningTask
  try {
    running = transport.start(task, attempt, event => {
      if (event.type === 'progress') lastSign = clock.monotonic()
      if (!['completed', 'failed', 'stopped'].includes(event.type)) emit(event)
    })
  } catch (error) {
    return failed(failureOf(error))
  }
  const outcome = settle(running.outcome)
  const started = clock.monotonic()

  const limitReached = new Promise<TaskFailure>(resolve => {
    const watch = clock.every(100, () => {
      const failure = exceeded(running, task, context, clock.monotonic() - started, lastSign && clock.monotonic() - lastSign)
      if (failure) resolve(failure)
    })
    void outcome.then(() => watch[Symbol.dispose]())
  })
  const stopRequested = new Promise<'stop'>(resolve => {
    const onAbort = () => resolve('stop')
    if (context.signal.aborted) onAbort()
    context.signal.addEventListener('abort', onAbort)
    void outcome.then(() => context.signal.removeEventListener('abort', onAbort))
  })

  const first = await Promise.race([outcome, limitReached, stopRequested])
  if (first === 'stop') return endAfterStop(running, outcome, task, attempt, context, clock)
  if ('kind' in first) return first
  await running.kill()
  const late = await Promise.race([outcome, clock.sleep(0).then(() => undefined)])
  return late?.kind === 'completed' ? late : failed(first)
}

function exceeded(
  running: RunningTask,
  task: Task,
  { limits }: RunContext,
  elapsed: number,
  sinceSign: number | undefined,
): TaskFailure | undefined {
  if (elapsed > limits.taskSeconds * 1000) {
    const message = `task ${task.id} ran longer than ${limits.taskSeconds} s (setting timeout.task)`
    return { cause: 'timeout', code: 'CHORALE_TASK_TIMEOUT', message, retryable: true }
  }
  if (sinceSign !== undefined && sinceSign > limits.heartbeatSeconds * 1000) {
    const message = `task ${task.id} gave no sign of life for ${limits.heartbeatSeconds} s (setting timeout.heartbeat)`
    return { cause: 'lost', code: 'CHORALE_TASK_LOST', message, retryable: true }
  }
  const resident = running.residentBytes?.()
  if (resident !== undefined && resident > limits.memoryBytes) {
    const message = `task ${task.id} used ${(resident / 1e9).toFixed(2)} GB; the limit is ${(limits.memoryBytes / 1e9).toFixed(2)} GB (setting backend.memory)`
    return { cause: 'memory', code: 'CHORALE_TASK_MEMORY', message, retryable: true }
  }
  return undefined
}

async function endAfterStop(
  running: RunningTask,
  outcome: Promise<AttemptOutcome>,
  task: Task,
  attempt: number,
  context: RunContext,
  clock: Clock,
): Promise<AttemptOutcome> {
  const cancelled = context.signal.reason === 'cancel'
  running.stop()
  const ended = await Promise.race([outcome, clock.sleep(cancelled ? 0 : STOP_GRACE_MS).then(() => undefined)])
  if (ended) return ended
  await running.kill()
  const late = await Promise.race([outcome, clock.sleep(0).then(() => undefined)])
  if (late && late.kind !== 'failed') return late
  return { kind: 'stopped', stopped: { task: task.id, attempt, iteration: 0, reason: cancelled ? 'cancelled' : 'stop' } }
}
