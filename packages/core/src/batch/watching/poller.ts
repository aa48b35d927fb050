import type { JobAddress, LookAnswer } from '../../contracts/scheduler.js'
import type { Commander } from '../commander.js'

/** One run's interest in its jobs. */
export interface Watcher {
  /** Jobs of which the scheduler should be asked whether they wait or run. */
  liveJobs(): readonly string[]
  /** Jobs, or elements of them, that seem to have ended: everything that is known of them. */
  endedJobs(): readonly JobAddress[]
  hear(detail: 'live' | 'ends', answer: LookAnswer, asked: readonly JobAddress[]): void
}

export interface Pace {
  /** Seconds between two polls. */
  readonly least: number
  readonly most: number
}

const GROWTH = 1.5
/** Polls of several clients must not fall together. */
const JITTER = 0.2
/** Jobs of which the end is asked in one poll; the others wait for the next. */
const ENDS_AT_ONCE = 200

/**
 * Asks one scheduler for all runs of this process. Two stages: a cheap look at the jobs that live, then a thorough one at the few that seem to have ended. Only
 * jobs of the watchers are asked for. The pause grows while nothing is submitted, and never falls below the floor of the most patient run.
 */
export class Poller {
  readonly #commander: Commander
  readonly #watchers = new Map<Watcher, Pace>()
  readonly #random: () => number
  #pause = 0
  #polling = false
  #wake = new AbortController()

  constructor(commander: Commander, random: () => number = Math.random) {
    this.#commander = commander
    this.#random = random
  }

  /** Watches until disposed. */
  watch(watcher: Watcher, pace: Pace): Disposable {
    this.#watchers.set(watcher, pace)
    this.hurry()
    if (!this.#polling) void this.#poll()
    return {
      [Symbol.dispose]: () => {
        this.#watchers.delete(watcher)
        if (this.#watchers.size === 0) this.#wake.abort()
      },
    }
  }

  /** Something was submitted: the next polls come soon again. */
  hurry(): void {
    this.#pause = 0
  }

  /** Seconds until the next poll, before jitter. */
  get #next(): number {
    const paces = [...this.#watchers.values()]
    const least = Math.max(...paces.map(({ least }) => least))
    const most = Math.max(least, Math.min(...paces.map(({ most }) => most)))
    this.#pause = Math.min(most, Math.max(least, GROWTH * this.#pause))
    return this.#pause
  }

  async #poll(): Promise<void> {
    this.#polling = true
    for (;;) {
      const seconds = this.#next * (1 + JITTER * this.#random())
      this.#wake = new AbortController()
      await this.#commander.clock.sleep(1000 * seconds, this.#wake.signal)
      if (this.#watchers.size === 0) break
      await this.#ask(
        'live',
        [...new Set([...this.#watchers.keys()].flatMap(watcher => watcher.liveJobs()))].map(job => ({ job })),
      )
      await this.#ask('ends', this.#seemEnded())
    }
    this.#polling = false
  }

  #seemEnded(): readonly JobAddress[] {
    const byName = new Map<string, JobAddress>()
    for (const watcher of this.#watchers.keys()) {
      for (const address of watcher.endedJobs()) byName.set(this.#commander.adapter.show(address), address)
    }
    return [...byName.values()].slice(0, ENDS_AT_ONCE)
  }

  async #ask(detail: 'live' | 'ends', addresses: readonly JobAddress[]): Promise<void> {
    if (addresses.length === 0) return
    const answer = await look(this.#commander, detail, addresses)
    for (const watcher of this.#watchers.keys()) watcher.hear(detail, answer, addresses)
  }
}

/** One look. Never rejects: what an adapter cannot read says nothing of any job. */
export async function look(commander: Commander, detail: 'live' | 'ends', addresses: readonly JobAddress[]): Promise<LookAnswer> {
  try {
    const facts = await commander.facts()
    const answers = await commander.askAll(commander.adapter.look(detail, addresses, facts))
    const { views, complete, problems } = commander.adapter.readLook(detail, answers, facts)
    // Some answers list more than was asked for.
    const ours = new Set(addresses.map(({ job }) => job))
    return { views: views.filter(({ job }) => ours.has(job)), complete, problems }
  } catch (error) {
    return { views: [], complete: false, problems: [error instanceof Error ? error.message : String(error)] }
  }
}
