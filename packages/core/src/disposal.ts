/** Disposes of things in the reverse order of their making: all of them, also when some fail; the errors come together. */
export class Disposal implements AsyncDisposable {
  readonly #items: (() => unknown)[] = []
  #done: Promise<void> | undefined

  /** Registers something to dispose of, and returns it. What is not disposable is left alone. */
  add<T>(item: T): T {
    const { [Symbol.asyncDispose]: later, [Symbol.dispose]: now } = Object(item) as Partial<AsyncDisposable & Disposable>
    const dispose = later ?? now
    if (typeof dispose === 'function') this.#items.push(() => dispose.call(item))
    return item
  }

  /** Idempotent. Rejects with an `AggregateError` if anything failed. */
  [Symbol.asyncDispose](): Promise<void> {
    return (this.#done ??= this.#disposeAll())
  }

  async #disposeAll(): Promise<void> {
    const errors: unknown[] = []
    for (let dispose = this.#items.pop(); dispose; dispose = this.#items.pop()) {
      try {
        await dispose()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of the services could not be disposed of`)
  }
}
