import type { RunContext, RunningTask, Task, TaskEvent, Transport } from '@chorale/core/contracts'

import { TaskThread } from './task-thread.js'

/** Runs each task in a thread: an idle one if there is one, otherwise a new one. A thread that has ended, or was told to, is never used again. */
export class WorkersTransport implements Transport {
  readonly #threads = new Set<TaskThread>()
  #runDirectory: string | undefined
  #closed = false

  async open({ runDirectory }: RunContext): Promise<void> {
    this.#runDirectory = runDirectory
  }

  start(task: Task, attempt: number, emit: (event: TaskEvent) => void): RunningTask {
    const runDirectory = this.#runDirectory
    if (runDirectory === undefined) throw new Error('the workers backend was asked to start a task before it was opened')
    if (this.#closed) throw new Error('the workers backend was asked to start a task after it was closed')
    const thread = this.#idleThread()
    const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    return {
      outcome: thread.run({ runDirectory, task, attempt, stop }, emit),
      stop: () => void Atomics.store(stop, 0, 1),
      kill: () => thread.end(),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#threads].filter(({ usable }) => usable).map(thread => thread.end()))
    this.#threads.clear()
  }

  /** The oldest idle thread: its code is the warmest. */
  #idleThread(): TaskThread {
    for (const thread of this.#threads) {
      if (thread.idle) return thread
      if (!thread.usable) this.#threads.delete(thread)
    }
    const thread = new TaskThread()
    this.#threads.add(thread)
    return thread
  }
}
