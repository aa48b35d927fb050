import type { Clock } from '../clock.js'
import type { BackendCapabilities, RunContext, Task, TaskEvent, TaskFailure, Transport } from '../contracts/index.js'
import { failureOf, type AttemptOutcome } from './attempt-outcome.js'
import { runAttempt } from './attempt.js'
import { MemoryWatch } from './memory-watch.js'
import { TaskQueue } from './task-queue.js'

export interface TasksRequest {
  readonly transport: Transport
  readonly capabilities: BackendCapabilities
  readonly tasks: readonly Task[]
  /** Its signal aborts also when the loop over the events is left. */
  readonly context: RunContext
  readonly clock: Clock
  readonly emit: (event: TaskEvent) => void
}

/** Opens the transport and starts tasks as the queue allows, until every one has ended. */
export async function runTasks(request: TasksRequest): Promise<void> {
  if (request.tasks.length === 0) return
  const run = new TasksRun(request)
  const failure = await openTransport(request)
  if (failure) run.failAll(failure)
  else await run.toTheEnd()
}

/** Races the signal: a transport that hangs while it opens must not keep a run from stopping. */
async function openTransport({ transport, context }: TasksRequest): Promise<TaskFailure | undefined> {
  const { signal } = context
  if (signal.aborted) return undefined
  const aborted = new Promise<undefined>(resolve => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
  const opened = Promise.resolve()
    .then(() => transport.open?.(context))
    .then(() => undefined, failureOf)
  return Promise.race([opened, aborted])
}

class TasksRun {
  readonly #request: TasksRequest
  readonly #queue: TaskQueue
  readonly #attempts = new Map<Task, number>()
  readonly #memory: MemoryWatch
  #inFlight = 0
  /** Called when an attempt has ended. */
  #wake: () => void = () => undefined

  constructor(request: TasksRequest) {
    this.#request = request
    const { tasks, context, capabilities } = request
    const { parallelTasks, memoryBytes } = context.limits
    this.#memory = new MemoryWatch(memoryBytes)
    this.#queue = new TaskQueue(tasks, { parallelTasks, memoryBytes, capabilities, seenBytes: task => this.#memory.peakOf(task) })
  }

  async toTheEnd(): Promise<void> {
    while (!this.#queue.finished) {
      if (this.#request.context.signal.aborted) this.#stopWaiting()
      for (let task = this.#queue.take(); task; task = this.#queue.take()) void this.#runOnce(task)
      if (this.#inFlight > 0) await new Promise<void>(resolve => (this.#wake = resolve))
      else this.failAll(NO_SLOT)
    }
  }

  /** Ends every waiting task with the same failure. */
  failAll(failure: TaskFailure): void {
    for (const task of this.#queue.drain()) this.#end(task, { kind: 'failed', failure })
  }

  async #runOnce(task: Task): Promise<void> {
    const { transport, context, clock, emit } = this.#request
    const attempt = (this.#attempts.get(task) ?? 0) + 1
    this.#attempts.set(task, attempt)
    this.#inFlight++
    const { outcome, abandoned } = await runAttempt({ transport, task, attempt, context, clock, emit, memory: this.#memory })
    this.#inFlight--
    if (abandoned) {
      this.#queue.abandon(task)
      context.log.warn(`task ${task.id} could not be killed; its slot is not used again`, { task: task.id, attempt })
    } else this.#queue.release(task)

    const again = outcome.kind === 'failed' && outcome.failure.retryable && attempt < context.limits.attempts
    if (again && !context.signal.aborted) {
      emit({ type: 'retrying', task: task.id, attempt, at: clock.wall(), failure: outcome.failure, next: attempt + 1 })
      this.#queue.putBack(task)
    } else if (context.signal.aborted && outcome.kind === 'failed' && (again || outcome.failure.cause === 'cancelled')) {
      context.log.warn(`task ${task.id} failed while the run was stopping: ${outcome.failure.message}`, { task: task.id, attempt })
      this.#end(task, this.#stopped(task))
    } else {
      this.#end(task, outcome)
    }
    this.#wake()
  }

  #stopWaiting(): void {
    for (const task of this.#queue.drain()) this.#end(task, this.#stopped(task))
  }

  /** A task that a resume goes on with. */
  #stopped(task: Task): AttemptOutcome {
    const reason = this.#request.context.signal.reason === 'cancel' ? 'cancelled' : 'stop'
    return { kind: 'stopped', stopped: { task: task.id, attempt: this.#attempts.get(task) ?? 0, iteration: 0, reason } }
  }

  #end(task: Task, outcome: AttemptOutcome): void {
    this.#request.emit(finalEvent(task, this.#attempts.get(task) ?? 0, outcome, this.#request.clock.wall()))
  }
}

const NO_SLOT: TaskFailure = {
  cause: 'backend',
  code: 'CHORALE_BACKEND_STUCK',
  message: 'the task could not start: earlier tasks that could not be killed hold every slot of the backend',
  retryable: false,
}

function finalEvent(task: Task, attempt: number, outcome: AttemptOutcome, at: number): TaskEvent {
  const base = { task: task.id, attempt, at }
  switch (outcome.kind) {
    case 'completed':
      return { ...base, type: 'completed', result: outcome.result }
    case 'stopped':
      return { ...base, type: 'stopped', iteration: outcome.stopped.iteration, reason: outcome.stopped.reason }
    case 'failed':
      return { ...base, type: 'failed', failure: outcome.failure }
  }
}
