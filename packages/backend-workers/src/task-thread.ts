import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { TaskError, TaskStoppedError, type TaskEvent, type TaskResult } from '@chorale/core/contracts'
import { failureOfExit } from '@chorale/core/job'

import type { ForgetRows, TaskOrder, ThreadReport } from './thread-messages.js'

/** A kill settles within 2 s. A thread ends within milliseconds, or, while it waits inside a system call, not at all. */
const END_MS = 1500

interface Assignment {
  readonly task: string
  readonly emit: (event: TaskEvent) => void
  readonly resolve: (result: TaskResult) => void
  readonly reject: (error: TaskError | TaskStoppedError) => void
}

/** One worker thread. Runs one task at a time, and keeps the process alive only while it does. */
export class TaskThread {
  // The flags of the main thread stay there: some (`--input-type`, loaders, debuggers) keep a thread from starting.
  readonly #worker = new Worker(new URL('./worker.js', import.meta.url), { name: 'chorale-task', execArgv: [] })
  #assignment: Assignment | undefined
  #usable = true
  #ended = false
  #error: unknown

  constructor() {
    this.#worker.unref()
    this.#worker.on('message', (report: ThreadReport) => this.#hear(report))
    // What the thread has posted before is delivered by the time of its exit, not by the time of its error: the exit decides.
    this.#worker.on('error', error => {
      this.#usable = false
      this.#error = error
    })
    this.#worker.on('exit', code => this.#exited(code))
  }

  /** May still run tasks. */
  get usable(): boolean {
    return this.#usable
  }

  get idle(): boolean {
    return this.#usable && this.#assignment === undefined
  }

  /**
   * Runs a task once its order is complete; only for an idle thread, which is taken from now on.
   * @throws TaskError as the task did, or, when the thread ended without a result, with the cause `memory`, `lost` or `cancelled`; TaskStoppedError
   */
  run(task: string, order: Promise<TaskOrder>, emit: (event: TaskEvent) => void): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      const assignment = { task, emit, resolve, reject }
      this.#assignment = assignment
      this.#worker.ref()
      void order.then(complete => {
        if (this.#assignment === assignment) this.#worker.postMessage(complete)
      })
    })
  }

  /** Drops rows that no task needs any more. */
  forget(key: string): void {
    if (this.#usable) this.#worker.postMessage({ type: 'forget', key } satisfies ForgetRows)
  }

  /** Ends the thread whatever it does. Settles within 2 s, also when the thread cannot be ended: then the outcome of its task never settles. */
  async end(): Promise<void> {
    this.#usable = false
    this.#ended = true
    await Promise.race([this.#worker.terminate(), sleep(END_MS, undefined, { ref: false })])
    this.#worker.unref()
  }

  #hear(report: ThreadReport): void {
    const assignment = this.#assignment
    if (!assignment) return
    if (report.type === 'event') return assignment.emit(report.event)
    this.#release()
    if (report.type === 'completed') assignment.resolve(report.result)
    else assignment.reject(report.type === 'stopped' ? new TaskStoppedError(report.stopped) : new TaskError(report.failure))
  }

  #exited(code: number): void {
    this.#usable = false
    const assignment = this.#assignment
    if (!assignment) return
    this.#release()
    const failure = failureOfExit(assignment.task, { code, error: this.#error, asked: this.#ended })
    assignment.reject(new TaskError(failure, { cause: this.#error }))
  }

  #release(): void {
    this.#assignment = undefined
    this.#worker.unref()
  }
}
