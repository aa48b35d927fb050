/** What crosses between this process's main thread and a thread that runs tasks: plain data, and shared memory. */
import type { Task, TaskEvent, TaskFailure, TaskResult, TaskStopped } from '@chorale/core/contracts'
import type { SharedRows } from '@chorale/core/job'

/** Two numbers in shared memory that a task looks at, or touches, at every gradient. */
export type TaskSigns = Int32Array<SharedArrayBuffer>

/** Not 0 asks the task to checkpoint and end. */
export const STOP_SIGN = 0
/** Counts the task's gradients; wraps around. */
export const BEAT_SIGN = 1

export const newSigns = (): TaskSigns => new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))

/** To the thread: run one attempt of one task. */
export interface TaskOrder {
  readonly type: 'run'
  readonly runDirectory: string
  readonly task: Task
  readonly attempt: number
  readonly signs: TaskSigns
  /** Missing where they could not be loaded: then the task looks itself, and says why. */
  readonly rows?: SharedRows
}

/** To the thread: nobody needs these rows any more. */
export interface ForgetRows {
  readonly type: 'forget'
  readonly key: string
}

/** How a task ended, as data: an error loses its fields when it is posted. */
export type TaskEnd =
  | { readonly type: 'completed'; readonly result: TaskResult }
  | { readonly type: 'stopped'; readonly stopped: TaskStopped }
  | { readonly type: 'failed'; readonly failure: TaskFailure }

/** From the thread, for each order: any number of events, then one end. */
export type ThreadReport = { readonly type: 'event'; readonly event: TaskEvent } | TaskEnd
