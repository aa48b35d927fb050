/** Time, as everything in `core` that waits or measures sees it: tests replace it. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  monotonic(): number
  /** Milliseconds since 1970, for display. */
  wall(): number
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `tick` every `ms` until disposed; does not keep the process alive. */
  every(ms: number, tick: () => void): Disposable
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  sleep(ms, signal) {
    return new Promise(resolve => {
      if (signal?.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done)
    })
  },
  every(ms, tick) {
    const timer = setInterval(tick, ms).unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  },
}
