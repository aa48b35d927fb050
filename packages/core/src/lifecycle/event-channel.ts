/** A queue between code that pushes events and a loop that awaits them. */
export class EventChannel<T> {
  readonly #items: T[] = []
  readonly #waiting: PromiseWithResolver<IteratorResult<T, undefined>>[] = []
  #ended: { readonly error?: unknown } | undefined

  push(item: T): void {
    if (this.#ended) return
    const waiting = this.#waiting.shift()
    if (waiting) waiting.resolve({ done: false, value: item })
    else this.#items.push(item)
  }

  /** After the items pushed so far, iteration ends. */
  close(): void {
    this.#end({})
  }

  /** After the items pushed so far, iteration fails. */
  fail(error: unknown): void {
    this.#end({ error })
  }

  /** Forgets the items that nobody has read, and ends. */
  discard(): void {
    this.#items.length = 0
    this.close()
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#items.length > 0) return Promise.resolve({ done: false, value: this.#items.shift() as T })
    if (!this.#ended) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    if (!('error' in this.#ended)) return Promise.resolve({ done: true, value: undefined })
    const { error } = this.#ended
    this.#ended = {}
    return Promise.reject(error)
  }

  #end(ended: { readonly error?: unknown }): void {
    if (this.#ended) return
    this.#ended = ended
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if ('error' in ended) reject(ended.error)
      else resolve({ done: true, value: undefined })
    }
  }
}

interface PromiseWithResolver<T> {
  resolve(value: T): void
  reject(error: unknown): void
}

/**
 * The events of work that begins with the first `next()`. Leaving the loop aborts `left` with the reason `stop` and waits for the work's end, also while
 * a `next()` is pending: an async generator would only answer after the next event.
 */
export function eventsOf<T>(work: (emit: (event: T) => void, left: AbortSignal) => Promise<void>): AsyncIterableIterator<T, undefined> {
  const channel = new EventChannel<T>()
  const left = new AbortController()
  let done: Promise<void> | undefined
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      done ??= work(event => channel.push(event), left.signal).then(
        () => channel.close(),
        (error: unknown) => channel.fail(error),
      )
      return channel.next()
    },
    async return() {
      left.abort('stop')
      channel.discard()
      await (done ??= Promise.resolve())
      return { done: true, value: undefined }
    },
  }
}
