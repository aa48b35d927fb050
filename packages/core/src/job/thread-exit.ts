import type { TaskFailure } from '../contracts/task.js'

/** How a thread ended before its task did. */
export interface ThreadExit {
  readonly code: number
  /** What nothing in the thread caught; undefined if it just exited. */
  readonly error: unknown
  /** We ended it. */
  readonly asked: boolean
}

/** What the end of a thread means for the task that it ran: lost whatever the exit code, as a task ends with its result and not with its thread. */
export function failureOfExit(task: string, { code, error, asked }: ThreadExit): TaskFailure {
  if (asked) {
    const message = `the thread of task ${task} was ended while the task ran`
    return { cause: 'cancelled', code: 'CHORALE_TASK_CANCELLED', message, retryable: false }
  }
  if (isOutOfMemory(error)) {
    const message =
      `task ${task} needed more memory than the JavaScript heap of a thread may have: ` +
      'use more shards (sharding.shards), or give Node a larger heap (NODE_OPTIONS=--max-old-space-size=<MB>)'
    return { cause: 'memory', code: 'CHORALE_TASK_MEMORY', message, retryable: true }
  }
  const why =
    error === undefined
      ? `exited with code ${code} before the task had a result: does the model, or a package it imports, call process.exit()?`
      : `ended with an error that nothing caught, as from a timer or a promise: ${error instanceof Error ? error.message : String(error)}`
  return { cause: 'lost', code: 'CHORALE_TASK_LOST', message: `the thread of task ${task} ${why}`, retryable: true }
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
