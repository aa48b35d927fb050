import type { BackendCapabilities, RunContext, SampleTask, Task, TaskEvent } from '@chorale/core/contracts'
import { EventQueue } from './event-queue.js'
import type { BackendFlaws } from './flaws.js'
import { runToyAttempt, type AttemptEnd } from './toy-attempt.js'

const LOOK_MS = 10

/** What outlives a run of a toy: whether its backend was cleaned up, and which tasks some instance has stopped. */
export interface ToyState {
  closed: boolean
  readonly stopped: Set<Task>
}

/** The tasks of one call of `run`. */
export class ToyRun {
  readonly #events = new EventQueue()
  readonly #waiting: Task[]
  readonly #running = new Set<Task>()
  readonly #context: RunContext
  readonly #capabilities: BackendCapabilities
  readonly #flaws: BackendFlaws
  readonly #state: ToyState
  readonly #told: ReturnType<NonNullable<BackendFlaws['event']>> | undefined
  #left = false

  constructor(tasks: readonly Task[], context: RunContext, capabilities: BackendCapabilities, flaws: BackendFlaws, state: ToyState) {
    this.#waiting = [...tasks]
    this.#context = context
    this.#capabilities = capabilities
    this.#flaws = flaws
    this.#state = state
    this.#told = flaws.event?.()
  }

  get #stopping(): boolean {
    const { aborted, reason } = this.#context.signal
    const heard = aborted && reason !== this.#flaws.deafTo
    return heard || this.#state.closed || (this.#left && this.#flaws.goesOnAfterLoop !== true)
  }

  start(): void {
    if (this.#flaws.startsBeforeItLooks === true) this.#startWhatMay()
    this.#step()
  }

  async *loop(): AsyncGenerator<TaskEvent> {
    const watching = setInterval(() => this.#stopping && this.#step(), LOOK_MS)
    try {
      yield* this.#events
    } finally {
      clearInterval(watching)
      this.#left = true
      while (this.#running.size > 0 && this.#flaws.goesOnAfterLoop !== true) await new Promise(resolve => setTimeout(resolve, LOOK_MS))
    }
  }

  #hasRoomFor({ shard }: Task): boolean {
    const { supportsSharding, maxParallelShards, supportsParallelChains } = this.#capabilities
    const shards = [...this.#running].map(task => task.shard)
    const { ignores } = this.#flaws
    if (this.#running.size >= this.#context.limits.parallelTasks && ignores !== 'tasks') return false
    if (new Set(shards).add(shard).size > (supportsSharding ? maxParallelShards : 1) && ignores !== 'shards') return false
    return supportsParallelChains || ignores === 'chains' || !shards.includes(shard)
  }

  #startWhatMay(): void {
    for (;;) {
      const task = this.#waiting.find(one => this.#hasRoomFor(one))
      if (!task) return
      this.#waiting.splice(this.#waiting.indexOf(task), 1)
      this.#running.add(task)
      void this.#attempt(task, 1).finally(() => {
        this.#running.delete(task)
        this.#step()
      })
    }
  }

  #step(): void {
    if (!this.#stopping) this.#startWhatMay()
    else if (this.#flaws.forgetsWaiting !== true) {
      for (const task of this.#waiting.splice(0)) this.#end(task, 0, { kind: 'stopped', iteration: 0 })
    }
    if (this.#running.size === 0) this.#events.end()
  }

  #emit(task: Task, event: TaskEvent): void {
    this.#events.push(...(this.#told?.(event, task as SampleTask) ?? [event]))
  }

  async #attempt(task: Task, count: number): Promise<void> {
    const { limits } = this.#context
    const attempt = this.#flaws.attemptNumber?.(count) ?? count
    const end = await runToyAttempt({
      task: this.#flaws.runs?.(task, { attempt: count, resumed: this.#state.stopped.has(task) }) ?? task,
      attempt,
      context: this.#context,
      capabilities: this.#capabilities,
      flaws: this.#flaws,
      emit: event => this.#emit(task, event),
      stopping: () => this.#stopping,
    })
    if (this.#flaws.changesTasks === true) Object.assign(task, { done: true })
    const again = end.kind === 'failed' && (this.#flaws.retries?.(end.failure) ?? end.failure.retryable)
    if (again && !this.#stopping && (count < limits.attempts || (limits.attempts > 1 && this.#flaws.ignores === 'attempts'))) {
      this.#emit(task, { type: 'retrying', task: task.id, attempt, at: 0, failure: end.failure, next: attempt + 1 })
      return this.#attempt(task, count + 1)
    }
    this.#end(task, attempt, end)
  }

  #end(task: Task, attempt: number, end: AttemptEnd): void {
    const base = { task: task.id, attempt, at: 0 }
    if (end.kind === 'stopped') {
      this.#state.stopped.add(task)
      const reason = this.#context.signal.reason === 'cancel' ? 'cancelled' : 'stop'
      this.#emit(task, { ...base, type: 'stopped', iteration: end.iteration, reason })
    } else if (end.kind === 'failed') this.#emit(task, { ...base, type: 'failed', failure: end.failure })
    else this.#emit(task, { ...base, type: 'completed', result: { ...end.result, task: task.id } })
  }
}
