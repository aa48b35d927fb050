import type { RunningTask, Task, TaskFailure } from '../contracts/index.js'

/**
 * Keeps the processes of a run's tasks below one limit together, by their resident size. Where they exceed it the largest has to go. Tasks in threads of one
 * process have no size of their own: they are planned for, never judged.
 */
export class MemoryWatch {
  readonly #limit: number
  /** Bytes of the tasks that run. */
  readonly #sizes = new Map<Task, number>()
  readonly #peaks = new Map<Task, number>()

  /** `limit`: in bytes. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The most that a task was ever seen to use, in bytes; 0 where nothing was seen. */
  peakOf(task: Task): number {
    return this.#peaks.get(task) ?? 0
  }

  /** What a running task used when it was last looked at, in bytes; undefined where nothing was seen. */
  sizeOf(task: Task): number | undefined {
    return this.#sizes.get(task)
  }

  /** Looks at one task. A failure says that this is the one that has to go. */
  look(task: Task, running: RunningTask): TaskFailure | undefined {
    const bytes = residentBytes(running)
    if (bytes === undefined) return undefined
    this.#sizes.set(task, bytes)
    this.#peaks.set(task, Math.max(this.peakOf(task), bytes))
    const sizes = [...this.#sizes.values()]
    const together = sizes.reduce((a, b) => a + b, 0)
    if (together <= this.#limit || bytes < Math.max(...sizes)) return undefined
    const others = sizes.length > 1 ? ` of ${gigabytes(together)} GB that ${sizes.length} tasks used` : ''
    const message = `task ${task.id} used ${gigabytes(bytes)} GB${others}; the limit is ${gigabytes(this.#limit)} GB (setting backend.memory)`
    return { cause: 'memory', code: 'CHORALE_TASK_MEMORY', message, retryable: true }
  }

  /** The task is being ended, or has ended: its memory is as good as free. */
  leave(task: Task): void {
    this.#sizes.delete(task)
  }
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
