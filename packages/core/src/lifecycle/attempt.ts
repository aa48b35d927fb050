import type { Clock } from '../clock.js'
import type { RunContext, RunningTask, Task, TaskEvent, TaskFailure, TaskStopped, Transport } from '../contracts/index.js'
import { exceededTime } from './attempt-limits.js'
import { failed, failureOf, outcomeOf, type AttemptOutcome } from './attempt-outcome.js'
import { isOver, mayFollow, type AttemptState } from './attempt-state.js'
import { Heartbeat } from './heartbeat.js'
import type { MemoryWatch } from './memory-watch.js'

/** How long a task that was asked to stop may take before it is killed: a checkpoint takes less. */
const STOP_GRACE_MS = 800
/** How long a kill may take; what is still there then cannot be killed. */
const KILL_MS = 2000
/** Between the end of a task and the reading of what it said last. */
const DRAIN_MS = 100
const WATCH_MS = 100

export interface AttemptRequest {
  readonly transport: Transport
  readonly task: Task
  readonly attempt: number
  readonly context: RunContext
  readonly clock: Clock
  readonly memory: MemoryWatch
  /** Gets the task's own events; the final one is the caller's. */
  readonly emit: (event: TaskEvent) => void
}

export interface EndedAttempt {
  readonly outcome: AttemptOutcome
  /** The task could not be killed and may still be running. */
  readonly abandoned: boolean
}

/**
 * Runs one attempt of one task over a transport: its time limit, its heartbeat, its memory limit, and the run's stop request. Never rejects.
 *
 * A result that is already there wins over every limit and over a stop: it is read before a task is declared dead.
 */
export async function runAttempt(request: AttemptRequest): Promise<EndedAttempt> {
  const attempt = new Attempt(request)
  let running: RunningTask
  try {
    running = request.transport.start(request.task, request.attempt, event => attempt.hear(event))
  } catch (error) {
    attempt.close('ended')
    return { outcome: failed(failureOf(error)), abandoned: false }
  }
  const ended = await attempt.follow(running)
  attempt.close(ended.abandoned ? 'abandoned' : 'ended')
  request.memory.leave(request.task)
  return ended
}

class Attempt {
  readonly #request: AttemptRequest
  readonly #closed = new AbortController()
  readonly #heartbeat: Heartbeat
  #state: AttemptState = 'starting'
  #checkpoint = 0

  constructor(request: AttemptRequest) {
    this.#request = request
    this.#heartbeat = new Heartbeat(request.clock.monotonic(), WATCH_MS)
  }

  /** Passes on what the task reports while it runs. */
  hear(event: TaskEvent): void {
    if (isOver(this.#state)) return
    this.#heartbeat.heard(this.#request.clock.monotonic(), event.type === 'progress')
    if (event.type === 'checkpoint') this.#checkpoint = event.iteration
    if (event.type === 'completed' || event.type === 'failed' || event.type === 'stopped') return
    this.#request.emit(event.type === 'progress' ? this.#measured(event) : event)
  }

  #measured(event: TaskEvent & { readonly type: 'progress' }): TaskEvent {
    const residentBytes = this.#request.memory.sizeOf(this.#request.task)
    return residentBytes === undefined ? event : { ...event, residentBytes }
  }

  /** Nothing of this attempt is heard or waited for any more. */
  close(state: 'ended' | 'abandoned'): void {
    this.#enter(state)
    this.#closed.abort()
  }

  async follow(running: RunningTask): Promise<EndedAttempt> {
    const outcome = outcomeOf(this.#request.task, running)
    const first = await Promise.race([outcome, this.#limitExceeded(running), this.#stopRequested()])
    if (first === 'stop') return this.#stop(running, outcome)
    if ('kind' in first) return { outcome: first, abandoned: false }
    const late = await this.#kill(running, outcome)
    return { outcome: late?.kind === 'completed' ? late : failed(first), abandoned: late === undefined }
  }

  #enter(state: AttemptState): void {
    if (!mayFollow(this.#state, state)) throw new Error(`an attempt that is ${this.#state} cannot become ${state}`)
    this.#state = state
  }

  #limitExceeded(running: RunningTask): Promise<TaskFailure> {
    const { task, context, clock, memory } = this.#request
    const started = clock.monotonic()
    const look = (): TaskFailure | undefined => {
      const now = clock.monotonic()
      const silent = this.#heartbeat.look(now, running)
      if (this.#state === 'starting' && this.#heartbeat.begun) this.#enter('running')
      const silenceLimit = this.#heartbeat.limit(context.limits.heartbeatSeconds * 1000)
      if (this.#state !== 'starting' && this.#state !== 'running') return undefined
      return exceededTime(task, { elapsed: now - started, silent, silenceLimit }, context.limits) ?? memory.look(task, running)
    }
    return new Promise(resolve => {
      const watch = clock.every(WATCH_MS, () => {
        if (!look()) return
        // What the task has sent lies unread while this thread is busy: it is read before the task is judged.
        setImmediate(() => {
          const failure = look()
          if (failure) resolve(failure)
        })
      })
      this.#closed.signal.addEventListener('abort', () => watch[Symbol.dispose]())
    })
  }

  #stopRequested(): Promise<'stop'> {
    const { signal } = this.#request.context
    return new Promise(resolve => {
      if (signal.aborted) resolve('stop')
      signal.addEventListener('abort', () => resolve('stop'), { signal: this.#closed.signal })
    })
  }

  async #stop(running: RunningTask, outcome: Promise<AttemptOutcome>): Promise<EndedAttempt> {
    this.#enter('stopping')
    const cancelled = this.#request.context.signal.reason === 'cancel'
    const asked = quietly(() => running.stop())
    const ended = await this.#within(outcome, cancelled || !asked ? 0 : STOP_GRACE_MS)
    if (ended) return { outcome: ended, abandoned: false }
    const late = await this.#kill(running, outcome)
    if (late && late.kind !== 'failed') return { outcome: late, abandoned: false }
    const { task, attempt } = this.#request
    const stopped: TaskStopped = { task: task.id, attempt, iteration: this.#checkpoint, reason: cancelled ? 'cancelled' : 'stop' }
    return { outcome: { kind: 'stopped', stopped }, abandoned: late === undefined }
  }

  /** Ends the task by force. Resolves with how it ended, or with undefined when it does not end. */
  #kill(running: RunningTask, outcome: Promise<AttemptOutcome>): Promise<AttemptOutcome | undefined> {
    this.#enter('killing')
    const { task, memory, clock } = this.#request
    memory.leave(task)
    const killed = Promise.resolve()
      .then(() => running.kill())
      .then(
        () => clock.sleep(DRAIN_MS, this.#closed.signal),
        () => new Promise<void>(() => undefined),
      )
    return Promise.race([outcome, killed.then(() => undefined), this.#within(outcome, KILL_MS)])
  }

  #within(outcome: Promise<AttemptOutcome>, ms: number): Promise<AttemptOutcome | undefined> {
    return Promise.race([outcome, this.#request.clock.sleep(ms, this.#closed.signal).then(() => undefined)])
  }
}

function quietly(call: () => void): boolean {
  try {
    call()
    return true
  } catch {
    return false
  }
}
