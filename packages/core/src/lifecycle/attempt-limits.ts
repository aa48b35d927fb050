import type { RunLimits, RunningTask, Task, TaskFailure } from '../contracts/index.js'

/** What is known of a running attempt, in milliseconds. */
export interface Vitals {
  readonly elapsed: number
  /** Since the last sign of life; undefined for a task that has shown none. */
  readonly silent: number | undefined
}

/** The limit that a running task has exceeded, if any. */
export function exceededLimit(task: Task, running: RunningTask, { elapsed, silent }: Vitals, limits: RunLimits): TaskFailure | undefined {
  if (elapsed > limits.taskSeconds * 1000) {
    const message = `task ${task.id} ran longer than ${limits.taskSeconds} s (setting timeout.task)`
    return { cause: 'timeout', code: 'CHORALE_TASK_TIMEOUT', message, retryable: true }
  }
  if (silent !== undefined && silent > limits.heartbeatSeconds * 1000) {
    const message = `task ${task.id} gave no sign of life for ${limits.heartbeatSeconds} s (setting timeout.heartbeat)`
    return { cause: 'lost', code: 'CHORALE_TASK_LOST', message, retryable: true }
  }
  const resident = residentBytes(running)
  if (resident !== undefined && resident > limits.memoryBytes) {
    const message = `task ${task.id} used ${gigabytes(resident)} GB; the limit is ${gigabytes(limits.memoryBytes)} GB (setting backend.memory)`
    return { cause: 'memory', code: 'CHORALE_TASK_MEMORY', message, retryable: true }
  }
  return undefined
}

/** A process may end between two looks at it: then its memory is unknown, and its outcome says the rest. */
function residentBytes(running: RunningTask): number | undefined {
  try {
    return running.residentBytes?.()
  } catch {
    return undefined
  }
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2)
