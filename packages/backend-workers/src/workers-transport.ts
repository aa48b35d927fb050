import type { RunContext, RunningTask, Task, TaskEvent, Transport } from '@chorale/core/contracts'
import { ShardStore } from '@chorale/core/job'

import { TaskThread } from './task-thread.js'
import { BEAT_SIGN, newSigns, STOP_SIGN, type TaskOrder } from './thread-messages.js'
import { WorkerPool } from './worker-pool.js'

/** A task whose gradients are counted. */
export type CountedTask = RunningTask & Required<Pick<RunningTask, 'beats'>>

/** Runs each task in a thread: an idle one if there is one, otherwise a new one. Threads share the rows of a shard. */
export class WorkersTransport implements Transport {
  readonly #threads = new WorkerPool(() => new TaskThread())
  readonly #shards = new ShardStore(key => this.#threads.usable().forEach(thread => thread.forget(key)))
  #runDirectory: string | undefined
  #closed = false

  async open({ runDirectory }: Pick<RunContext, 'runDirectory'>): Promise<void> {
    this.#runDirectory = runDirectory
  }

  start(task: Task, attempt: number, emit: (event: TaskEvent) => void): CountedTask {
    const runDirectory = this.#runDirectory
    if (runDirectory === undefined) throw new Error('the workers backend was asked to start a task before it was opened')
    if (this.#closed) throw new Error('the workers backend was asked to start a task after it was closed')
    const thread = this.#threads.idle()
    const signs = newSigns()
    const { rows, giveBack } = this.#shards.borrow(runDirectory, task)
    const order = rows.then((shared): TaskOrder => ({
      type: 'run',
      runDirectory,
      task,
      attempt,
      signs,
      ...(shared ? { rows: shared } : {}),
    }))
    return {
      outcome: thread.run(task.id, order, emit).finally(giveBack),
      stop: () => void Atomics.store(signs, STOP_SIGN, 1),
      kill: () => thread.end(),
      beats: () => Atomics.load(signs, BEAT_SIGN),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#threads.close()
    this.#shards.clear()
  }
}
