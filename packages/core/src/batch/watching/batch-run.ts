import type { RunContext } from '../../contracts/backend.js'
import type { TaskEvent } from '../../contracts/event.js'
import type { JobAddress, LookAnswer } from '../../contracts/scheduler.js'
import type { Task } from '../../contracts/task.js'
import type { BatchSettings } from '../batch-settings.js'
import type { Commander } from '../commander.js'
import { failureOfEnd, neverRuns } from './end-failure.js'
import { jobLog } from '../job-files.js'
import { lastLinesOf } from './job-output.js'
import type { Watcher } from './poller.js'
import { QueueRecorder } from './queue-record.js'
import { reasonsText } from './queue-state.js'
import { RunFacts } from './run-facts.js'
import { SignsOfLife, type Sign } from './signs-of-life.js'
import { decide, type Decision } from './task-decision.js'
import { TrackedTask } from './tracked-task.js'
import { WaitingJobs } from './waiting-jobs.js'

/** Jobs whose tasks all gave a sign of life within this time need not be asked for. */
const FRESH_MS = 30_000
/** Between two explanations of what jobs wait for. */
const REASONS_MS = 60_000

/** The tasks of one call, followed: what the disk and the scheduler say of each, and the events that tell it. */
export class BatchRun implements Watcher {
  readonly tasks: ReadonlyMap<string, TrackedTask>
  readonly facts: RunFacts
  readonly #commander: Commander
  readonly #settings: BatchSettings
  readonly #context: RunContext
  readonly #emit: (event: TaskEvent) => void
  readonly #signs: SignsOfLife
  readonly #waiting: WaitingJobs
  readonly #recorder: QueueRecorder
  #told = { line: '', at: -Infinity }
  #problem = ''
  /** Tasks whose start is still to be told, with where. */
  readonly #begun = new Map<TrackedTask, string>()
  #placedVersion = -1
  #refreshedAt = -Infinity

  constructor(
    tasks: readonly Task[],
    context: RunContext,
    commander: Commander,
    settings: BatchSettings,
    emit: (event: TaskEvent) => void,
  ) {
    this.tasks = new Map(tasks.map(task => [task.id, new TrackedTask(task)]))
    this.#commander = commander
    this.#settings = settings
    this.#context = context
    this.#emit = emit
    const { clock } = commander
    this.facts = new RunFacts(context.runDirectory, tasks, 1000 * settings.fileLatency, () => clock.monotonic())
    this.#signs = new SignsOfLife(this.facts, commander.adapter.show, () => clock.monotonic())
    this.#waiting = new WaitingJobs(this.facts, commander.adapter.show, 1000 * settings.reasonAfter)
    this.#recorder = new QueueRecorder(context.runDirectory)
  }

  get open(): readonly TrackedTask[] {
    return [...this.tasks.values()].filter(({ final }) => !final)
  }

  liveJobs(): readonly string[] {
    const now = this.#commander.clock.monotonic()
    const silent = this.open.filter(({ beatAt }) => beatAt === undefined || now - beatAt > FRESH_MS)
    const own = silent.flatMap(({ job, view }) => (job === undefined || (view?.state === 'ended' && view.end) ? [] : [job]))
    return [...new Set([...own, ...this.#waiting.jobsAhead(silent)])]
  }

  endedJobs(): readonly JobAddress[] {
    return this.open.flatMap(tracked => (tracked.needsEnd ? [tracked.address!] : []))
  }

  hear(detail: 'live' | 'ends', answer: LookAnswer, asked: readonly JobAddress[]): void {
    const problem = answer.problems.join('; ')
    if (problem !== this.#problem && problem !== '') {
      this.#context.log.warn(`${this.#commander.adapter.scheduler} gave an answer that could not be used: ${problem}`)
    }
    this.#problem = problem
    const { show } = this.#commander.adapter
    const views = new Map(
      answer.views.map(view => [show(view.index === undefined ? { job: view.job } : { job: view.job, index: view.index }), view]),
    )
    const jobs = new Set(asked.map(({ job }) => job))
    const elements = detail === 'ends' ? new Set(asked.map(show)) : undefined
    const now = this.#commander.clock.monotonic()
    for (const tracked of this.open) {
      const { address } = tracked
      if (!address || !jobs.has(address.job) || (elements && !elements.has(show(address)))) continue
      tracked.hear(views.get(show(address)) ?? views.get(show({ job: address.job })), answer, detail, now)
    }
    if (detail !== 'live') return
    this.#waiting.hear(this.open, views, jobs, answer)
    this.#tellQueue()
  }

  /**
   * Reads what is new on disk and sends what it means, but for starts: `tellStarts` is for after the ends. A task may have begun because another one ended since `done/` was
   * listed, so that is listed again where one has begun.
   */
  async refresh(): Promise<ReadonlySet<string>> {
    this.#refreshedAt = this.#commander.clock.monotonic()
    // Before a job counts as gone without a result, its marker is looked for, whatever the folder says of itself.
    const changed = new Set(await this.facts.refresh(this.open.some(tracked => this.#isOver(tracked))))
    for (const tracked of this.facts.version === this.#placedVersion ? [] : this.open) {
      tracked.moveTo(this.facts.current(tracked.task.id))
      const { place, address } = tracked
      if (!place || !address || tracked.announced === place.submission.number) continue
      tracked.announced = place.submission.number
      this.#send(tracked, { type: 'submitted', job: this.#commander.adapter.show(address) })
    }
    this.#placedVersion = this.facts.version
    for (const sign of await this.#signs.read(this.open)) this.#hearSign(sign)
    if (this.#begun.size > 0) for (const task of await this.facts.refresh()) changed.add(task)
    // A job may begin and end while the scheduler's last word of it is that it waits.
    for (const task of changed) {
      const tracked = this.tasks.get(task)
      if (!tracked || tracked.final || tracked.attempt > 0 || tracked.job === undefined) continue
      for (const sign of await this.#signs.of(tracked)) this.#hearSign(sign)
    }
    return changed
  }

  /** Of tasks that have begun and not ended. */
  tellStarts(): void {
    for (const tracked of this.#begun.keys()) this.#tellStart(tracked)
  }

  #tellStart(tracked: TrackedTask): void {
    const where = this.#begun.get(tracked)
    if (where === undefined) return
    this.#begun.delete(tracked)
    this.#send(tracked, { type: 'started', where })
  }

  /** Open tasks of which there is something to decide: of most there is nothing new. */
  undecided(changed: ReadonlySet<string>): readonly TrackedTask[] {
    return this.open.filter(
      tracked => !tracked.looked || changed.has(tracked.task.id) || tracked.hopelessLooks > 0 || !tracked.place || this.#isOver(tracked),
    )
  }

  /** As it was when the run directory was read last. */
  #isOver(tracked: TrackedTask): boolean {
    return tracked.isOver(this.#refreshedAt, 1000 * this.#settings.fileLatency)
  }

  /** What is to be done with a task; `wait` where it was never submitted. */
  async decision(tracked: TrackedTask): Promise<Decision> {
    const { task, place, view } = tracked
    tracked.looked = true
    const attempts = this.facts.attempts(task.id)
    const completed = attempts.find(({ ended }) => ended.status === 'completed')?.ended
    if (completed?.status === 'completed') return { kind: 'completed', result: completed.result }
    if (!place) return { kind: 'wait' }
    const { intent, number } = place.submission
    const { adapter } = this.#commander
    const over = this.#isOver(tracked)
    const job = tracked.address ? adapter.show(tracked.address) : intent.name
    const { walltimeSeconds, memoryBytes } = intent
    const log = jobLog(this.facts.run, intent.name, place.index)
    const lastLines = over ? await lastLinesOf(this.facts.run, intent.name, place.index) : []
    return decide(
      attempts,
      {
        number,
        history: intent.history[task.id] ?? { failures: 0, idleStops: 0 },
        walltimeSeconds,
        view,
        over,
        unrecorded: () =>
          failureOfEnd({ task: task.id, job, scheduler: adapter.scheduler, end: view?.end, walltimeSeconds, memoryBytes, lastLines, log }),
        hopeless: tracked.hopelessLooks,
        hopelessFailure: () => {
          const of = tracked.hopeless > 0 ? { job, view } : { job, view, ...tracked.ahead }
          return neverRuns(task.id, of.job, adapter.scheduler, of.view?.reason ?? of.view?.word ?? 'it says no reason')
        },
      },
      this.#context.limits.attempts,
    )
  }

  /** Whether a client cancelled the newest submission of the task. */
  wasCancelled({ task }: TrackedTask): boolean {
    return this.facts.places(task.id).at(-1)?.submission.revoked?.reason === 'cancel'
  }

  /** Sends a task's final event, once. */
  end(tracked: TrackedTask, decision: Decision & { readonly kind: 'completed' | 'failed' }): void {
    this.#tellStart(tracked)
    if (decision.kind === 'completed') {
      const { result } = decision
      this.#send({ task: tracked.task, attempt: result.attempt }, { type: 'completed', result })
    } else {
      this.#send({ task: tracked.task, attempt: decision.attempt }, { type: 'failed', failure: decision.failure })
    }
    tracked.final = true
  }

  stop(tracked: TrackedTask, reason: 'walltime' | 'stop' | 'cancelled'): void {
    this.#tellStart(tracked)
    const stopped = this.facts.attempts(tracked.task.id).findLast(({ ended }) => ended.status === 'stopped')
    const iteration = stopped?.ended.status === 'stopped' ? stopped.ended.stopped.iteration : (tracked.beat?.iteration ?? 0)
    this.#send({ task: tracked.task, attempt: stopped?.attempt ?? tracked.attempt }, { type: 'stopped', iteration, reason })
    tracked.final = true
  }

  /** A task goes on in another job. */
  tellAgain(tracked: TrackedTask, { because, attempt }: Decision & { readonly kind: 'again' }): void {
    this.#tellStart(tracked)
    if ('cause' in because) this.#send({ task: tracked.task, attempt }, { type: 'retrying', failure: because, next: attempt + 1 })
    else {
      const line = `task ${tracked.task.id} stopped at its walltime at iteration ${because.iteration}; another job goes on from there`
      this.#send({ task: tracked.task, attempt }, { type: 'log', level: 'info', line })
    }
  }

  /** How many jobs wait, for whoever looks; and why, for those that have waited for a while. */
  #tellQueue(): void {
    const { adapter, clock } = this.#commander
    const now = clock.monotonic()
    const state = this.#waiting.state(this.open, now)
    this.#recorder.write({ format: 1, scheduler: adapter.scheduler, at: clock.wall(), ...state })
    const line = reasonsText(state)
    const hopeless = state.reasons.some(({ kind }) => kind === 'never')
    if (line === this.#told.line || (!hopeless && now - this.#told.at < REASONS_MS)) return
    this.#told = { line, at: now }
    const waiting = this.open.find(({ attempt, job }) => attempt === 0 && job !== undefined)
    if (waiting && line !== '') this.#send(waiting, { type: 'log', level: hopeless ? 'warn' : 'info', line })
  }

  #hearSign(sign: Sign): void {
    const { tracked } = sign
    if (sign.kind === 'begun') return void this.#begun.set(tracked, sign.where)
    const { done, total, divergences, iteration } = sign.beat
    if (total > 0) this.#send(tracked, { type: 'progress', done, total, divergences })
    if (iteration > sign.before) this.#send(tracked, { type: 'checkpoint', iteration })
  }

  #send(of: { readonly task: Task; readonly attempt: number }, event: EventBody): void {
    this.#emit({ ...event, task: of.task.id, attempt: of.attempt, at: this.#commander.clock.wall() } as TaskEvent)
  }
}

type EventBody = TaskEvent extends infer E ? (E extends TaskEvent ? Omit<E, 'task' | 'attempt' | 'at'> : never) : never
