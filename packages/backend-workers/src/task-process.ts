import { fork, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { TaskError, TaskStoppedError, type Task, type TaskEvent, type TaskResult } from '@chorale/core/contracts'

import { failureOfProcessExit } from './process-exit.js'
import type { FromChild, ToChild } from './process-messages.js'

/** A kill settles within 2 s. A process is gone at once, unless it hangs inside the kernel. */
const END_MS = 1500

interface Assignment {
  readonly task: string
  readonly emit: (event: TaskEvent) => void
  readonly resolve: (result: TaskResult) => void
  readonly reject: (error: TaskError | TaskStoppedError) => void
}

/** One child process. Runs one task at a time, and keeps this process alive only while it does. */
export class TaskProcess {
  readonly #child: ChildProcess
  readonly #gone: Promise<void>
  #assignment: Assignment | undefined
  #usable = true
  #ended = false
  #beats = 0
  #residentBytes: number | undefined

  constructor() {
    // As for threads: what was asked of this process on its command line is not meant for others.
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
    this.#child = fork(fileURLToPath(new URL('./process-child.js', import.meta.url)), [], { execArgv: [], stdio: [...stdio] })
    this.#gone = new Promise(resolve => this.#child.once('close', () => resolve()))
    this.#child.on('message', (message: FromChild) => this.#hear(message))
    this.#child.on('error', () => (this.#usable = false))
    // `close` comes after everything that the child has sent.
    this.#child.on('close', (code, signal) => this.#closed(code, signal))
    this.#keepsAlive(false)
  }

  /** May still run tasks. */
  get usable(): boolean {
    return this.#usable
  }

  get idle(): boolean {
    return this.#usable && this.#assignment === undefined
  }

  /** Gradients of the present task so far. */
  get beats(): number {
    return this.#beats
  }

  /** Resident memory of the process, as it said last; undefined before it did. */
  get residentBytes(): number | undefined {
    return this.#residentBytes
  }

  /**
   * Runs one attempt of a task; only for an idle process.
   * @throws TaskError as the task did, or, when the process ended without a result, with the cause `lost` or `cancelled`; TaskStoppedError
   */
  run(order: { readonly runDirectory: string; readonly task: Task; readonly attempt: number }, emit: (event: TaskEvent) => void) {
    return new Promise<TaskResult>((resolve, reject) => {
      this.#assignment = { task: order.task.id, emit, resolve, reject }
      this.#beats = 0
      this.#residentBytes = undefined
      this.#keepsAlive(true)
      this.#tell({ type: 'run', ...order })
    })
  }

  /** Asks the task to checkpoint and end. */
  stop(): void {
    this.#tell({ type: 'stop' })
  }

  /** Ends the process whatever it does. */
  async end(): Promise<void> {
    this.#usable = false
    this.#ended = true
    // Whoever awaits the end of an idle process must still be there to see it.
    this.#keepsAlive(true)
    this.#child.kill('SIGKILL')
    await Promise.race([this.#gone, sleep(END_MS, undefined, { ref: false })])
    this.#keepsAlive(false)
  }

  /** A child that is gone cannot be told anything; its end says the rest. */
  #tell(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #hear(message: FromChild): void {
    const assignment = this.#assignment
    if (!assignment) return
    if (message.type === 'event') return assignment.emit(message.event)
    if (message.type === 'vitals') {
      this.#beats = message.beats
      this.#residentBytes = message.residentBytes
      return
    }
    this.#release()
    if (message.type === 'completed') assignment.resolve(message.result)
    else assignment.reject(message.type === 'stopped' ? new TaskStoppedError(message.stopped) : new TaskError(message.failure))
  }

  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    this.#usable = false
    const assignment = this.#assignment
    if (!assignment) return
    this.#release()
    assignment.reject(new TaskError(failureOfProcessExit(assignment.task, { code, signal, asked: this.#ended })))
  }

  #release(): void {
    this.#assignment = undefined
    this.#keepsAlive(false)
  }

  #keepsAlive(alive: boolean): void {
    const { channel } = this.#child
    if (alive) {
      this.#child.ref()
      channel?.ref()
    } else {
      this.#child.unref()
      channel?.unref()
    }
  }
}
