import type { JobAddress, JobEnd, JobView, LookAnswer } from '../../contracts/scheduler.js'
import type { Task } from '../../contracts/task.js'
import { JOB_EXIT, type JobBeat } from '../job-files.js'
import type { Place } from './run-facts.js'

/** Looks in a row that did not know a job, before it counts as gone. */
const MISSES = 3
/** Ends that the scheduler takes back: the job runs again under the same id. */
const REVERSIBLE: readonly string[] = ['node', 'requeued']

/** The job of a place, once the scheduler has named it. */
export function addressOf({ submission: { answer, intent }, index }: Place): JobAddress | undefined {
  if (answer?.kind !== 'accepted') return undefined
  return intent.array ? { job: answer.job, index } : { job: answer.job }
}

/** What the scheduler said of one task's job so far. Terminal states are sticky: some servers take them back for a poll or two. */
export class TrackedTask {
  readonly task: Task
  place: Place | undefined
  view: JobView | undefined
  hopeless = 0
  /** Of a job that the newest one only continues: what was said of it, and looks in a row that said that it can never run. */
  ahead: { readonly job: string; readonly view: JobView; readonly hopeless: number } | undefined
  /** The newest attempt that was seen, and what it showed last. */
  attempt = 0
  beat: JobBeat | undefined
  beatAt: number | undefined
  announced = 0
  /** Its attempts so far were judged once. */
  looked = false
  /** Its job had ended before this client came: how it failed then does not keep it from being submitted again. */
  old = false
  /** Its final event was sent. */
  final = false
  #misses = 0
  #missingSince: number | undefined
  #endedSince: number | undefined

  constructor(task: Task) {
    this.task = task
  }

  /** The task belongs to a newer submission: what was seen of the older job says nothing of this one. */
  moveTo(place: Place | undefined): void {
    const moved = place?.submission.number !== this.place?.submission.number
    this.place = place
    if (!moved) return
    this.view = undefined
    this.looked = false
    this.old = false
    this.hopeless = 0
    this.ahead = undefined
    this.attempt = 0
    this.beat = undefined
    this.beatAt = undefined
    this.#misses = 0
    this.#missingSince = undefined
    this.#endedSince = undefined
  }

  /** Its job, once the scheduler has named it. */
  get job(): string | undefined {
    return this.address?.job
  }

  get address(): JobAddress | undefined {
    return this.place && addressOf(this.place)
  }

  /** Looks in a row that said that it can never run. */
  get hopelessLooks(): number {
    return Math.max(this.hopeless, this.ahead?.hopeless ?? 0)
  }

  /** Whether everything is known that the scheduler can say of its end. */
  get needsEnd(): boolean {
    return this.job !== undefined && (this.#misses > 0 || (this.view?.state === 'ended' && !this.view.end))
  }

  hear(view: JobView | undefined, { complete }: Pick<LookAnswer, 'complete'>, detail: 'live' | 'ends', now: number): void {
    if (!view) {
      // A live look need not know what has ended; whether it is gone, the thorough one says.
      if (!complete || this.view?.state === 'ended') return
      if (detail === 'ends' || this.#misses === 0) this.#misses++
      this.#missingSince ??= now
      return
    }
    if (
      this.view?.state === 'ended' &&
      this.view.end &&
      !REVERSIBLE.includes(this.view.end.cause) &&
      (view.runs ?? 0) <= (this.view.runs ?? 0)
    )
      return
    this.#misses = 0
    this.#missingSince = undefined
    this.view = view
    this.hopeless = view.neverRuns ? this.hopeless + 1 : 0
    this.#endedSince = view.state === 'ended' && view.end ? (this.#endedSince ?? now) : undefined
  }

  /** The attempt showed that it lives. */
  heardBeat(beat: JobBeat, now: number): boolean {
    const same = this.beat !== undefined && JSON.stringify(this.beat) === JSON.stringify(beat)
    if (same) return false
    this.beat = beat
    this.beatAt = now
    this.#missingSince = undefined
    this.#misses = 0
    return true
  }

  /** The job has ended or is gone, and a result that was on its way over a network file system would have arrived. */
  isOver(now: number, fileLatencyMs: number): boolean {
    if (this.#endedSince !== undefined) return now - this.#endedSince >= resultLatencyMs(this.view?.end, fileLatencyMs)
    return this.#misses >= MISSES && now - (this.#missingSince ?? now) >= fileLatencyMs
  }
}

/** An end that the scheduler tells is waited for no longer than this. */
const DEFINITE_END_MS = 30_000
/** There is no result to wait for; what the job printed may be on its way. */
const FRUITLESS_END_MS = 5_000

/** A job that ended before it came to its tasks. */
const beganNothing = (end: JobEnd): boolean =>
  end.cause === 'never-ran' ||
  (end.cause === 'exit' && !end.signal && (end.exitCode === JOB_EXIT.noNode || end.exitCode === JOB_EXIT.environment))

/** Milliseconds in which a result may still show after the end of its job; undefined: of an end that nothing is known of. */
export function resultLatencyMs(end: JobEnd | undefined, fileLatencyMs: number): number {
  if (!end) return fileLatencyMs
  return Math.min(fileLatencyMs, beganNothing(end) ? FRUITLESS_END_MS : DEFINITE_END_MS)
}
