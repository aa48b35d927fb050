import type { RunContext, RunningTask, Task, TaskEvent, Transport } from '@chorale/core/contracts'

import { TaskProcess } from './task-process.js'
import { WorkerPool } from './worker-pool.js'
import type { CountedTask } from './workers-transport.js'

/** Runs each task in a child process: an idle one if there is one, otherwise a new one. Each loads the rows of its task's shard, once for its chains. */
export class ProcessesTransport implements Transport {
  readonly #processes = new WorkerPool(() => new TaskProcess())
  #runDirectory: string | undefined
  #closed = false

  async open({ runDirectory }: RunContext): Promise<void> {
    this.#runDirectory = runDirectory
  }

  start(task: Task, attempt: number, emit: (event: TaskEvent) => void): CountedTask & Required<Pick<RunningTask, 'residentBytes'>> {
    const runDirectory = this.#runDirectory
    if (runDirectory === undefined) throw new Error('the workers backend was asked to start a task before it was opened')
    if (this.#closed) throw new Error('the workers backend was asked to start a task after it was closed')
    const child = this.#processes.idle()
    return {
      outcome: child.run({ runDirectory, task, attempt }, emit),
      stop: () => child.stop(),
      kill: () => child.end(),
      beats: () => child.beats,
      residentBytes: () => child.residentBytes ?? 0,
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#processes.close()
  }
}
