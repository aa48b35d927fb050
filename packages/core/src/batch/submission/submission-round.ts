import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RunContext } from '../../contracts/backend.js'
import type { BatchSettings } from '../batch-settings.js'
import type { BatchRun } from '../watching/batch-run.js'
import type { Commander } from '../commander.js'
import { submitContinuations } from './continuations.js'
import { resolveIntent } from './lost-submission.js'
import { firstNeeds, laterNeeds, nextNeeds } from './needs.js'
import { look } from '../watching/poller.js'
import { removeJobs } from '../removal.js'
import { planSubmissions, type PlannedSubmission, type PlannedTask } from './submission-plan.js'
import { makeDirectory, syncDirectory, toJsonText, writeOnce } from '../../run-directory/atomic-file.js'
import { taskRecord, tasksDirectory } from '../../run-directory/layout.js'
import { writeRevocation, type Submission, type TaskHistory } from './submission-records.js'
import { Submitter } from './submitter.js'
import type { Decision } from '../watching/task-decision.js'
import { addressOf, type TrackedTask } from '../watching/tracked-task.js'

const FRESH: TaskHistory = { failures: 0, idleStops: 0 }

interface Waiting {
  readonly tracked: TrackedTask
  readonly needs: PlannedTask
  readonly history: TaskHistory
}

/** The driver's side of a run: which tasks are to be submitted, and their submission. */
export class SubmissionRound {
  readonly #commander: Commander
  readonly #settings: BatchSettings
  readonly #context: RunContext
  readonly #parallelTasks: number
  readonly #submitter: Submitter
  readonly #waiting = new Map<string, Waiting>()
  /** Why tasks that wait go on in another job. */
  readonly #again = new Map<string, Decision & { readonly kind: 'again' }>()

  constructor(commander: Commander, settings: BatchSettings, context: RunContext, parallelTasks: number) {
    this.#commander = commander
    this.#settings = settings
    this.#context = context
    this.#parallelTasks = Math.max(1, parallelTasks)
    this.#submitter = new Submitter(commander, settings, context.runDirectory)
  }

  /** Finds out what earlier clients left: open intents are resolved, and what was never submitted, or ended, waits to be submitted. */
  async open(run: BatchRun): Promise<void> {
    await run.facts.refreshSubmissions()
    for (const submission of run.facts.submissions) {
      if (submission.answer || submission.revoked || !this.#isOurs(run, submission)) continue
      await resolveIntent(this.#commander, run.facts, submission, this.#context.signal)
    }
    await run.refresh()
    await this.#lookOnce(run)
    for (const tracked of run.open) {
      const { task } = tracked
      const decision = await run.decision(tracked)
      if (decision.kind === 'again') this.putBack(tracked, decision)
      else if (decision.kind === 'failed' || decision.kind === 'cancelled' || (decision.kind === 'wait' && !run.facts.current(task.id))) {
        this.restart(tracked)
      }
    }
  }

  /** Somebody asked again for a task that had failed for good: from the beginning of its count. */
  restart(tracked: TrackedTask): void {
    this.#waiting.set(tracked.task.id, { tracked, needs: this.#lastNeeds(tracked), history: FRESH })
    tracked.old = false
  }

  /** What became of jobs while no client was there. */
  async #lookOnce(run: BatchRun): Promise<void> {
    for (const detail of ['live', 'ends'] as const) {
      const asked = detail === 'live' ? run.liveJobs().map(job => ({ job })) : run.endedJobs()
      if (asked.length > 0) run.hear(detail, await look(this.#commander, detail, asked), asked)
    }
    for (const tracked of run.open) tracked.old = tracked.needsEnd || tracked.view?.state === 'ended'
  }

  /** Whether the task waits to be submitted. */
  has({ task }: TrackedTask): boolean {
    return this.#waiting.has(task.id)
  }

  /** The task waits for another job. */
  putBack(tracked: TrackedTask, decision: Decision & { readonly kind: 'again' }): void {
    const { task, place } = tracked
    if (this.#waiting.has(task.id)) return
    const { because, history } = decision
    const needs = place
      ? nextNeeds(task, this.#settings, place.submission.intent, because, history.idleStops > 0)
      : firstNeeds(task, this.#settings)
    this.#waiting.set(task.id, { tracked, needs, history })
    this.#again.set(task.id, decision)
  }

  /** Submits what waits, as many as may be in flight. @returns whether anything was submitted */
  async submitWaiting(run: BatchRun, signal: AbortSignal): Promise<boolean> {
    if (this.#waiting.size === 0 || signal.aborted) return false
    const facts = await this.#commander.facts()
    const waiting = [...this.#waiting.values()].filter(({ tracked }) => !tracked.final)
    const inFlight = run.open.length - waiting.length
    const settings = { ...this.#settings, maxParallelJobs: least(this.#settings.maxParallelJobs, this.#parallelTasks) }
    const plan = (some: readonly Waiting[]): readonly PlannedSubmission[] =>
      planSubmissions(
        some.map(({ needs }) => needs),
        settings,
        facts,
      )
    let planned = plan(waiting)
    // One array with a limit of its own may hold them all; otherwise those that exceed the limit wait here.
    const keepsLimit = inFlight === 0 && planned.length === 1 && planned[0]!.atOnce !== undefined
    const room = keepsLimit ? Infinity : this.#parallelTasks - inFlight
    if (waiting.length > room) planned = plan(waiting.slice(0, Math.max(0, room)))
    const taken: string[] = []
    let tasks = 0
    for (const submission of planned) {
      if (signal.aborted) break
      const job = await this.#submit(run, submission, signal)
      if (job === undefined) continue
      taken.push(job)
      tasks += submission.elements.flat().length
    }
    if (taken.length > 0) this.#context.log.info(takenText(this.#commander.adapter.scheduler, tasks, taken))
    return planned.length > 0
  }

  /** @returns the job's id, where the scheduler has named it */
  async #submit(run: BatchRun, planned: PlannedSubmission, signal: AbortSignal): Promise<string | undefined> {
    const ids = planned.elements.flat()
    const history = Object.fromEntries(ids.map(id => [id, this.#waiting.get(id)!.history]))
    for (const id of ids) {
      const decision = this.#again.get(id)
      if (decision) run.tellAgain(this.#waiting.get(id)!.tracked, decision)
    }
    await this.#writeTasks(ids, run)
    const order = { planned, history, limits: this.#context.limits }
    const number = await this.#submitter.submit(order, run.facts.newestNumber + 1, signal)
    for (const id of ids) {
      this.#waiting.delete(id)
      this.#again.delete(id)
    }
    await run.facts.refreshSubmissions()
    const submission = run.facts.submission(number)
    if (!submission.answer) {
      await resolveIntent(this.#commander, run.facts, submission, signal)
      await run.facts.refreshSubmissions()
      if (run.facts.submission(number).revoked) {
        for (const id of ids) {
          const tracked = run.tasks.get(id)!
          this.#waiting.set(id, { tracked, needs: { id, walltime: planned.walltime, memory: planned.memory }, history: history[id]! })
        }
        return undefined
      }
    }
    const { answer } = run.facts.submission(number)
    return answer?.kind === 'accepted' ? answer.job : undefined
  }

  /** Jobs read their tasks from the run directory. */
  async #writeTasks(ids: readonly string[], run: BatchRun): Promise<void> {
    for (const id of ids) {
      const path = taskRecord(this.#context.runDirectory, id)
      if (await exists(path)) continue
      await makeDirectory(dirname(path), { sync: 'none' })
      await writeOnce(path, toJsonText(run.tasks.get(id)!.task), { sync: 'none' })
    }
    await syncDirectory(tasksDirectory(this.#context.runDirectory))
  }

  /** Copies of the jobs of open tasks that have none yet. */
  submitContinuations(run: BatchRun): Promise<void> {
    return submitContinuations(run, this.#settings.continuations, this.#submitter, this.#context)
  }

  /** A job that can never run is taken from the scheduler, once its task has failed, with those that wait for it. */
  async forget(run: BatchRun, { task }: TrackedTask): Promise<void> {
    const places = run.facts.line(task.id)
    for (const { submission } of places) {
      if (submission.intent.elements.length > 1) continue
      const words = 'it can never run as it was submitted'
      await writeRevocation(this.#context.runDirectory, submission.number, { format: 1, reason: 'superseded', words })
    }
    await removeJobs(this.#commander, places.flatMap(place => addressOf(place) ?? []).reverse())
  }

  #isOurs(run: BatchRun, { intent }: Submission): boolean {
    return intent.elements.flat().some(id => run.tasks.has(id))
  }

  /** What the newest job of a task asked for, so that what was learnt is not forgotten. */
  #lastNeeds({ task, place }: TrackedTask): PlannedTask {
    return place ? laterNeeds(task, this.#settings, place.submission.intent) : firstNeeds(task, this.#settings)
  }
}

const JOBS_NAMED = 5

/** For people, who look for them with the scheduler's own commands. */
function takenText(scheduler: string, tasks: number, jobs: readonly string[]): string {
  const more = jobs.length > JOBS_NAMED ? ` and ${jobs.length - JOBS_NAMED} more` : ''
  return `${scheduler} took ${tasks} ${tasks === 1 ? 'task' : 'tasks'} as ${jobs.length === 1 ? 'job' : 'jobs'} ${jobs.slice(0, JOBS_NAMED).join(', ')}${more}`
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

function least(maxParallelJobs: number | undefined, parallelTasks: number): number | undefined {
  const smallest = Math.min(maxParallelJobs ?? Infinity, parallelTasks)
  return Number.isFinite(smallest) ? smallest : undefined
}
