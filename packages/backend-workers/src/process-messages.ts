/** What crosses between this process and a child that runs tasks: JSON. */
import type { Task } from '@chorale/core/contracts'

import type { ThreadReport } from './thread-messages.js'

/** To the child. */
export type ToChild =
  | { readonly type: 'run'; readonly runDirectory: string; readonly task: Task; readonly attempt: number }
  /** Checkpoint and end the task. */
  | { readonly type: 'stop' }

/** From the child: what its thread reports, and, while a task runs, what is known of it: gradients so far, and the process's resident memory in bytes. */
export type FromChild = ThreadReport | { readonly type: 'vitals'; readonly beats: number; readonly residentBytes: number }
