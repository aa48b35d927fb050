import type { JobAddress, JobView, LookAnswer } from '../../contracts/scheduler.js'
import { queueState, seenState, type QueueState, type SeenJob } from './queue-state.js'
import type { RunFacts } from './run-facts.js'
import { addressOf, type TrackedTask } from './tracked-task.js'

/** A job, and since when it was seen as it is. */
interface Since {
  readonly state: SeenJob['state']
  readonly at: number
}

/**
 * Which jobs of a run wait, since when, and why. Of a task whose job others will continue, the job counts that is the first to run: those behind it wait for it alone.
 */
export class WaitingJobs {
  readonly #facts: RunFacts
  readonly #show: (address: JobAddress) => string
  readonly #patienceMs: number
  readonly #since = new Map<string, Since>()
  readonly #gone = new Set<string>()

  constructor(facts: RunFacts, show: (address: JobAddress) => string, patienceMs: number) {
    this.#facts = facts
    this.#show = show
    this.#patienceMs = patienceMs
  }

  /** Jobs that are to be asked for besides those of the newest submissions. */
  jobsAhead(tracked: readonly TrackedTask[]): readonly string[] {
    return tracked.flatMap(one => this.#ahead(one)?.job ?? [])
  }

  /** An answer to a question about live jobs. */
  hear(tracked: readonly TrackedTask[], views: ReadonlyMap<string, JobView>, asked: ReadonlySet<string>, { complete }: LookAnswer): void {
    for (const one of tracked) {
      const address = this.#ahead(one)
      if (!address || !asked.has(address.job)) continue
      const name = this.#show(address)
      const view = views.get(name) ?? views.get(this.#show({ job: address.job }))
      if (view) one.ahead = { job: name, view, hopeless: view.neverRuns ? (one.ahead?.hopeless ?? 0) + 1 : 0 }
      if (view?.state === 'ended' || (!view && complete)) this.#gone.add(name)
    }
  }

  state(open: readonly TrackedTask[], now: number): QueueState {
    const seen = new Map<string, SeenJob>()
    for (const tracked of open) {
      const ahead = this.#ahead(tracked)
      const address = ahead ?? tracked.address
      if (!address) continue
      const name = this.#show(address)
      const view = ahead ? tracked.ahead?.view : tracked.view
      const state = seenState(view, tracked.attempt > 0)
      if (!state || seen.get(name)?.state === 'running') continue
      const before = this.#since.get(name)
      const since = before?.state === state ? before : { state, at: now }
      this.#since.set(name, since)
      seen.set(name, { job: name, state, reason: view?.reason, neverRuns: view?.neverRuns === true, since: since.at })
    }
    return queueState([...seen.values()], now, this.#patienceMs)
  }

  /** The job that runs the task before that of its newest submission does, where there is one that is not known to be gone. */
  #ahead({ place, attempt, task }: TrackedTask): JobAddress | undefined {
    if (!place || place.submission.intent.continues === null || attempt > 0) return undefined
    for (const { submission, index } of this.#facts.line(task.id)) {
      if (submission.number === place.submission.number) return undefined
      const address = addressOf({ submission, index })
      if (address && !this.#gone.has(this.#show(address))) return address
    }
    return undefined
  }
}
