import type { JobBeat } from '../job-files.js'
import type { RunFacts } from './run-facts.js'
import { addressOf, type TrackedTask } from './tracked-task.js'
import type { JobAddress } from '../../contracts/scheduler.js'

/** Attempts whose sign of life is read at a time: each costs a round trip on a network file system. */
const BEATS_AT_ONCE = 50

/** What is new of a task. */
export type Sign =
  | { readonly tracked: TrackedTask; readonly kind: 'begun'; readonly where: string }
  /** `before`: the iteration of its newest checkpoint so far. */
  | { readonly tracked: TrackedTask; readonly kind: 'beat'; readonly beat: JobBeat; readonly before: number }

/** What the attempts of tasks show of themselves while they run. */
export class SignsOfLife {
  readonly #facts: RunFacts
  readonly #show: (address: JobAddress) => string
  readonly #now: () => number
  #next = 0

  constructor(facts: RunFacts, show: (address: JobAddress) => string, now: () => number) {
    this.#facts = facts
    this.#show = show
    this.#now = now
  }

  /** Of those of the tasks that may run, some at a time, in turn. */
  async read(open: readonly TrackedTask[]): Promise<readonly Sign[]> {
    const running = open
      .filter(
        ({ view, attempt, place }) => view?.state === 'running' || attempt > 0 || view === undefined || place?.submission.intent.continues,
      )
      .filter(({ job }) => job !== undefined)
    if (running.length === 0) return []
    const from = this.#next % running.length
    const turn = [...running.slice(from), ...running.slice(0, from)].slice(0, BEATS_AT_ONCE)
    this.#next = from + turn.length
    const signs: Sign[] = []
    for (const tracked of turn) signs.push(...(await this.of(tracked)))
    return signs
  }

  async of(tracked: TrackedTask): Promise<readonly Sign[]> {
    const { task } = tracked
    const newest = await this.#facts.newestAttempt(task.id)
    if (newest > tracked.attempt) return this.#begun(tracked, newest)
    if (tracked.attempt === 0) return []
    const beat = await this.#facts.beatOf(task.id, tracked.attempt)
    const before = tracked.beat?.iteration ?? 0
    return beat && tracked.heardBeat(beat, this.#now()) ? [{ tracked, kind: 'beat', beat, before }] : []
  }

  async #begun(tracked: TrackedTask, newest: number): Promise<readonly Sign[]> {
    const { task } = tracked
    const record = await this.#facts.jobOf(task.id, newest)
    const place = record && this.#facts.line(task.id).find(({ submission }) => submission.number === record.submission)
    if (!place) return []
    // A job that another one continues may have left this attempt long ago.
    const isOwn = place.submission.number === tracked.place?.submission.number
    if (!isOwn && this.#facts.attempts(task.id).some(({ attempt }) => attempt === newest)) return []
    tracked.attempt = newest
    tracked.beat = undefined
    const address = addressOf(place)
    return [{ tracked, kind: 'begun', where: `${record.host}, job ${address ? this.#show(address) : record.job}` }]
  }
}
