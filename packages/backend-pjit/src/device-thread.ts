import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { ThreadExit } from '@chorale/core/job'

import type { BindOrder, CoordinatorReport, ForgetOrder, ShareOrder, TaskOrder } from './messages.js'

/** A kill settles within 2 s. A thread ends within milliseconds, or, while it waits inside a system call, not at all. */
const END_MS = 1500

export interface ThreadListener {
  hear(report: CoordinatorReport): void
  /** Called once, after the last report. */
  ended(exit: ThreadExit): void
}

/** One worker thread of a team. Keeps the process alive only while it is said to be busy. */
export class DeviceThread {
  readonly #worker: Worker
  #usable = true
  #asked = false
  #error: unknown

  constructor(device: number, listener: ThreadListener) {
    // The flags of the main thread stay there: some (`--input-type`, loaders, debuggers) keep a thread from starting.
    this.#worker = new Worker(new URL('./device.js', import.meta.url), {
      name: `chorale-device-${device}`,
      execArgv: [],
      workerData: { device },
    })
    this.#worker.unref()
    this.#worker.on('message', (report: CoordinatorReport) => listener.hear(report))
    // What the thread has posted before is delivered by the time of its exit, not by the time of its error: the exit decides.
    this.#worker.on('error', error => {
      this.#usable = false
      this.#error = error
    })
    this.#worker.on('exit', code => {
      this.#usable = false
      listener.ended({ code, error: this.#error, asked: this.#asked })
    })
  }

  /** May still get orders. */
  get usable(): boolean {
    return this.#usable
  }

  post(order: TaskOrder | ForgetOrder | BindOrder | ShareOrder): void {
    this.#worker.postMessage(order)
  }

  /** While it is busy the process does not end by itself. */
  set busy(busy: boolean) {
    if (busy) this.#worker.ref()
    else this.#worker.unref()
  }

  /** Ends the thread whatever it does. Settles within 2 s, also when the thread cannot be ended. */
  async end(): Promise<void> {
    this.#usable = false
    this.#asked = true
    await Promise.race([this.#worker.terminate(), sleep(END_MS, undefined, { ref: false })])
    this.#worker.unref()
  }
}
