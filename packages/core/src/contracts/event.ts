import type { TaskFailure, TaskResult, TaskStopped } from './task.js'

interface EventBase {
  readonly task: string
  readonly attempt: number
  /** The writer's clock in milliseconds since 1970: for display, never compared across hosts. */
  readonly at: number
}

/** What happens to a task. Every task given to a backend ends in exactly one `completed`, `failed` or `stopped`. Only `progress` may be dropped. */
export type TaskEvent =
  | (EventBase & { readonly type: 'submitted'; readonly job: string })
  | (EventBase & { readonly type: 'started'; readonly where: string })
  | (EventBase & {
      readonly type: 'progress'
      readonly done: number
      readonly total: number
      readonly divergences: number
      /** Bytes of the task's own process, where it has one that is measured. Core fills it in from `RunningTask.residentBytes`. */
      readonly residentBytes?: number
    })
  | (EventBase & { readonly type: 'checkpoint'; readonly iteration: number })
  | (EventBase & { readonly type: 'retrying'; readonly failure: TaskFailure; readonly next: number })
  | (EventBase & { readonly type: 'stopped'; readonly iteration: number; readonly reason: TaskStopped['reason'] })
  | (EventBase & { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly line: string })
  | (EventBase & { readonly type: 'completed'; readonly result: TaskResult })
  | (EventBase & { readonly type: 'failed'; readonly failure: TaskFailure })
