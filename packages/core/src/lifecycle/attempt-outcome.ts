import {
  isChoraleError,
  isTaskError,
  isTaskStoppedError,
  type RunningTask,
  type Task,
  type TaskFailure,
  type TaskResult,
  type TaskStopped,
} from '../contracts/index.js'

/** How one attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'completed'; readonly result: TaskResult }
  | { readonly kind: 'stopped'; readonly stopped: TaskStopped }
  | { readonly kind: 'failed'; readonly failure: TaskFailure }

export const failed = (failure: TaskFailure): AttemptOutcome => ({ kind: 'failed', failure })

/** What a rejection says. Whatever is not a `TaskError` is the backend's own failure, and trying again would not mend it. */
export function failureOf(error: unknown): TaskFailure {
  if (isTaskError(error)) return error.failure
  const message = error instanceof Error ? error.message : String(error)
  return { cause: 'backend', code: isChoraleError(error) ? error.code : 'CHORALE_BACKEND_FAILED', message, retryable: false }
}

/** The outcome of a running task as a value: never rejects, whatever the transport gives us. */
export async function outcomeOf(task: Task, running: RunningTask): Promise<AttemptOutcome> {
  try {
    return checked(task, await running.outcome)
  } catch (error) {
    return isTaskStoppedError(error) ? { kind: 'stopped', stopped: error.stopped } : failed(failureOf(error))
  }
}

/** A transport may be wrong: what is not the result of this very task is a failure, not a result. */
function checked(task: Task, value: Partial<TaskResult & TaskStopped> | null | undefined): AttemptOutcome {
  if (value?.task === task.id && typeof value.reason === 'string') return { kind: 'stopped', stopped: value as TaskStopped }
  if (value?.task === task.id && Array.isArray(value.files)) return { kind: 'completed', result: value as TaskResult }
  const what = value?.task === undefined ? 'something that is no result' : `the result of task ${value.task}`
  const message = `the backend gave ${what} for task ${task.id}`
  return failed({ cause: 'result', code: 'CHORALE_RESULT_FOREIGN', message, retryable: false })
}
