/** A queue between code that pushes events and a loop that awaits them. */
export class EventChannel<T> {
  readonly #items: T[] = []
  #closed = false
  #wake: (() => void) | undefined

  push(item: T): void {
    if (this.#closed) return
    this.#items.push(item)
    this.#wake?.()
  }

  /** After the items pushed so far, iteration ends. */
  close(): void {
    this.#closed = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#items.length > 0) yield this.#items.shift() as T
      if (this.#closed) return
      await new Promise<void>(resolve => (this.#wake = resolve))
      this.#wake = undefined
    }
  }
}
