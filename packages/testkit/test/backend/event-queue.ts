import type { TaskEvent } from '@chorale/core/contracts'

/** A queue of events between the tasks and the loop that reads them. */
export class EventQueue {
  readonly #waiting: TaskEvent[] = []
  #wake = (): void => undefined
  #ended = false

  push(...events: readonly TaskEvent[]): void {
    this.#waiting.push(...events)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TaskEvent> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift()!
      if (this.#ended) return
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }
}
