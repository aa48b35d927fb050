import type { Clock } from '../src/clock.js'

interface Timer {
  at: number
  readonly every?: number
  fire(): void
}

/** Lets everything that can go on without time going on do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** A clock that only goes on when told. */
export class VirtualClock implements Clock {
  #now = 0
  readonly #timers = new Set<Timer>()

  /** Timers that are still waiting: after the end of a run there must be none. */
  get pending(): number {
    return this.#timers.size
  }

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const timer: Timer = {
        at: this.#now + ms,
        fire: () => {
          this.#timers.delete(timer)
          resolve()
        },
      }
      this.#timers.add(timer)
      signal?.addEventListener('abort', () => timer.fire())
    })
  }

  every(ms: number, tick: () => void): Disposable {
    const timer: Timer = { at: this.#now + ms, every: ms, fire: tick }
    this.#timers.add(timer)
    return { [Symbol.dispose]: () => this.#timers.delete(timer) }
  }

  /** Time passes in which nothing of this process runs: what was due meanwhile is due once, afterwards. */
  suspend(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers) timer.at = Math.max(timer.at, this.#now)
  }

  /** Timers of one instant fire together, before anything that they set in motion goes on. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const next = Math.min(...[...this.#timers].map(({ at }) => at))
      if (next > end) break
      this.#now = Math.max(this.#now, next)
      for (const due of [...this.#timers].filter(({ at }) => at === next)) {
        if (due.every !== undefined) due.at += due.every
        due.fire()
      }
      await settle()
    }
    this.#now = end
  }
}
