import type { RunContext, RunningTask, Task, TaskEvent, Transport } from '@chorale/core/contracts'

/** A kill settles within 2 s; code of this process cannot be ended from outside, it can only be asked and given most of that time. */
const KILL_MS = 1500

/** Runs a task in this process: `start` gives it to the run's own `runTask`, `stop` raises the flag that the sampler polls at every leapfrog step. */
export class CpuTransport implements Transport {
  #context: RunContext | undefined

  async open(context: RunContext): Promise<void> {
    this.#context = context
  }

  start(task: Task, attempt: number, emit: (event: TaskEvent) => void): RunningTask {
    const context = this.#context
    if (!context) throw new Error('the cpu backend was asked to start a task before it was opened')
    let stopping = false
    let beats = 0
    const stop = (): void => {
      stopping = true
    }
    const shouldStop = (): boolean => {
      beats++
      return stopping
    }
    const outcome = context.runTask(task, { attempt, emit, shouldStop })
    return {
      outcome,
      stop,
      beats: () => beats,
      kill: () => {
        stop()
        return settlesWithin(outcome, KILL_MS)
      },
    }
  }

  async close(): Promise<void> {
    this.#context = undefined
  }
}

/** Resolves when the promise settles, or after `ms`. */
function settlesWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    const settled = (): void => {
      clearTimeout(timer)
      resolve()
    }
    promise.then(settled, settled)
  })
}
