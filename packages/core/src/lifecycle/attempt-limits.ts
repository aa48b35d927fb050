import type { RunLimits, Task, TaskFailure } from '../contracts/index.js'

/** What is known of a running attempt; times in milliseconds. */
export interface Vitals {
  readonly elapsed: number
  /** Since the last sign of life; undefined for a task that has shown none. */
  readonly silent: number | undefined
  /** The silence that it may keep. */
  readonly silenceLimit: number
}

/** The time limit that a running task has exceeded, if any. */
export function exceededTime(task: Task, { elapsed, silent, silenceLimit }: Vitals, limits: RunLimits): TaskFailure | undefined {
  if (elapsed > limits.taskSeconds * 1000) {
    const message = `task ${task.id} ran longer than ${limits.taskSeconds} s (setting timeout.task)`
    return { cause: 'timeout', code: 'CHORALE_TASK_TIMEOUT', message, retryable: true }
  }
  if (silent !== undefined && silent > silenceLimit) {
    const message = `task ${task.id} gave no sign of life for ${seconds(silenceLimit)} s (setting timeout.heartbeat)`
    return { cause: 'lost', code: 'CHORALE_TASK_LOST', message, retryable: true }
  }
  return undefined
}

const seconds = (ms: number): string => String(Math.round(ms / 100) / 10)
