/** What crosses between this process's main thread and a thread that runs tasks: plain data, and one shared flag. */
import type { Task, TaskEvent, TaskFailure, TaskResult, TaskStopped } from '@chorale/core/contracts'

/** To the thread: run one attempt of one task. */
export interface TaskOrder {
  readonly runDirectory: string
  readonly task: Task
  readonly attempt: number
  /** One element in shared memory: not 0 asks the task to checkpoint and end. */
  readonly stop: Int32Array<SharedArrayBuffer>
}

/** How a task ended, as data: an error loses its fields when it is posted. */
export type TaskEnd =
  | { readonly type: 'completed'; readonly result: TaskResult }
  | { readonly type: 'stopped'; readonly stopped: TaskStopped }
  | { readonly type: 'failed'; readonly failure: TaskFailure }

/** From the thread, for each order: any number of events, then one end. */
export type ThreadReport = { readonly type: 'event'; readonly event: TaskEvent } | TaskEnd
