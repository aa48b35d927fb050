import {
  isTaskStoppedError,
  type RunContext,
  type RunningTask,
  type Task,
  type TaskEvent,
  type TaskResult,
  type TaskStopped,
  type Transport,
} from '@chorale/core/contracts'

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
    const outcome = context
      .runTask(task, { attempt, emit, shouldStop: () => stopping })
      .catch((error: unknown): TaskResult | TaskStopped => {
        if (isTaskStoppedError(error)) return error.stopped
        throw error
      })
    return {
      outcome,
      stop: () => {
        stopping = true
      },
      // Code of this process cannot be ended from outside: it gets the flag and as much time as a kill may take.
      kill: async () => {
        stopping = true
        await Promise.race([outcome.catch(() => undefined), new Promise(resolve => setTimeout(resolve, 1500).unref())])
      },
    }
  }

  async close(): Promise<void> {
    this.#context = undefined
  }
}
