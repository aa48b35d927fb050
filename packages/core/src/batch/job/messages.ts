import type { TaskEvent } from '../../contracts/event.js'
import type { Task, TaskFailure, TaskResult, TaskStopped } from '../../contracts/task.js'

/**
 * Three numbers in memory that a job's main thread shares with the thread of a task: not 0 asks it to stop, and says why; gradients so far; milliseconds of the slowest
 * checkpoint so far.
 */
export const STOP = 0
export const BEATS = 1
export const SLOWEST_CHECKPOINT = 2
export const SIGNS = 3

/** Why a task is stopped; its place is what `STOP` holds. `stop`: the scheduler sent a signal. */
export const STOP_REASONS = [undefined, 'stop', 'walltime', 'cancelled'] as const
export type StopReason = Exclude<(typeof STOP_REASONS)[number], undefined>

export interface ThreadOrder {
  readonly runDirectory: string
  readonly task: Task
  readonly signs: Int32Array<SharedArrayBuffer>
}

export type ThreadReport =
  | { readonly type: 'event'; readonly event: TaskEvent }
  | { readonly type: 'completed'; readonly result: TaskResult }
  | { readonly type: 'stopped'; readonly stopped: TaskStopped }
  | { readonly type: 'failed'; readonly failure: TaskFailure }
