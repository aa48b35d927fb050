/** What the run directory says of the tasks of one call: their submissions and attempts. Only grows. */
import { readFile, readdir } from 'node:fs/promises'
import { isChoraleError } from '../../contracts/error.js'
import type { Task } from '../../contracts/task.js'
import { attemptDirectory, taskDirectory } from '../../run-directory/layout.js'
import { readEndedAttempt, type EndedMarker } from '../../run-directory/ended-attempt.js'
import { DoneMarkers } from './done-markers.js'
import { beatFile, jobRecordFile, type JobBeat, type JobRecord } from '../job-files.js'
import { readSubmissions, type Submission } from '../submission/submission-records.js'
import type { SeenAttempt } from './task-decision.js'

/** Where a task is among the jobs of a submission. */
export interface Place {
  readonly submission: Submission
  /** Index of its element. */
  readonly index: number
}

export class RunFacts {
  readonly run: string
  readonly #wanted: ReadonlySet<string>
  readonly #fileLatencyMs: number
  readonly #now: () => number
  #submissions: ReadonlyMap<number, Submission> = new Map()
  #places = new Map<string, Place[]>()
  #placed = new Set<number>()
  /** Grows whenever a submission is new or says something new. */
  version = 0
  readonly #attempts = new Map<string, SeenAttempt[]>()
  readonly #done: DoneMarkers
  /** Markers whose record cannot be read yet, and since when. */
  readonly #unreadable = new Map<string, number>()

  constructor(run: string, tasks: readonly Task[], fileLatencyMs: number, now: () => number) {
    this.run = run
    this.#wanted = new Set(tasks.map(({ id }) => id))
    this.#fileLatencyMs = fileLatencyMs
    this.#now = now
    this.#done = new DoneMarkers(run, now)
  }

  get submissions(): readonly Submission[] {
    return [...this.#submissions.values()]
  }

  get newestNumber(): number {
    return Math.max(0, ...this.#submissions.keys())
  }

  submission(number: number): Submission {
    return this.#submissions.get(number)!
  }

  /** The submissions that include the task, oldest first. */
  places(task: string): readonly Place[] {
    return (this.#places.get(task) ?? []).map(({ submission, index }) => ({ submission: this.submission(submission.number), index }))
  }

  /** The newest submission of the task that was neither refused nor revoked. */
  current(task: string): Place | undefined {
    return this.places(task).findLast(({ submission }) => !submission.revoked && submission.answer?.kind !== 'refused')
  }

  /** The newest submission of the task and those that it continues, oldest first: one of their jobs executes it. */
  line(task: string): readonly Place[] {
    const places = this.places(task)
    const line: Place[] = []
    for (
      let place = this.current(task);
      place;
      place = places.find(({ submission }) => submission.number === line[0]!.submission.intent.continues)
    )
      line.unshift(place)
    return line
  }

  attempts(task: string): readonly SeenAttempt[] {
    return this.#attempts.get(task) ?? []
  }

  /** Reads what is new; `whole`: also where `done/` says that nothing is. @returns tasks with attempts that ended since the last call */
  async refresh(whole = false): Promise<ReadonlySet<string>> {
    await this.refreshSubmissions()
    const changed = new Set<string>()
    const passed: EndedMarker[] = []
    for (const marker of await this.#done.fresh(whole)) {
      const { task, attempt } = marker
      const seen = this.#wanted.has(task) ? await this.#readAttempt(task, attempt) : 'not ours'
      if (!seen) continue
      passed.push(marker)
      if (seen === 'not ours') continue
      this.#attempts.set(
        task,
        [...(this.#attempts.get(task) ?? []), seen].sort((a, b) => a.attempt - b.attempt),
      )
      changed.add(task)
    }
    this.#done.pass(passed)
    return changed
  }

  async refreshSubmissions(): Promise<void> {
    const submissions = await readSubmissions(this.run, this.#submissions)
    if (submissions.some(submission => saysMore(submission, this.#submissions.get(submission.number)))) this.version++
    this.#submissions = new Map(submissions.map(submission => [submission.number, submission]))
    for (const submission of submissions) {
      if (this.#placed.has(submission.number)) continue
      this.#placed.add(submission.number)
      const { elements, first } = submission.intent
      elements.forEach((element, i) => {
        for (const task of element) {
          if (!this.#wanted.has(task)) continue
          this.#places.set(task, [...(this.#places.get(task) ?? []), { submission, index: first + i }])
        }
      })
    }
  }

  /** undefined while its files may still be on their way over a network file system. */
  async #readAttempt(task: string, attempt: number): Promise<SeenAttempt | undefined> {
    const submission = (await this.jobOf(task, attempt))?.submission
    try {
      const ended = await readEndedAttempt(this.run, { task, attempt })
      return { attempt, submission, ended }
    } catch (error) {
      if (!isChoraleError(error) || error.code !== 'CHORALE_RESULT_DAMAGED') throw error
      const key = `${task}.${attempt}`
      const since = this.#unreadable.get(key) ?? this.#now()
      this.#unreadable.set(key, since)
      if (this.#now() - since < this.#fileLatencyMs) return undefined
      return {
        attempt,
        submission,
        ended: { status: 'failed', failure: { cause: 'result', code: error.code, message: error.message, retryable: true } },
      }
    }
  }

  /** Which job executes an attempt, where it has said so. */
  jobOf = (task: string, attempt: number): Promise<JobRecord | undefined> =>
    readJson<JobRecord>(jobRecordFile(attemptDirectory(this.run, task, attempt)))

  beatOf = (task: string, attempt: number): Promise<JobBeat | undefined> =>
    readJson<JobBeat>(beatFile(attemptDirectory(this.run, task, attempt)))

  /** The newest attempt of a task, ended or not; 0 without one. */
  async newestAttempt(task: string): Promise<number> {
    const names = await readdir(taskDirectory(this.run, task)).catch(() => [])
    return names.reduce((most, name) => (/^\d{3,}$/.test(name) ? Math.max(most, Number(name)) : most), 0)
  }
}

const saysMore = (now: Submission, before: Submission | undefined): boolean =>
  before === undefined || now.answer !== before.answer || now.revoked !== before.revoked

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch {
    return undefined
  }
}
