import {
  DEFAULT_CAPABILITIES,
  isTaskError,
  isTaskStoppedError,
  type BackendCapabilities,
  type BackendDefinition,
  type Load,
  type MCMCBackend,
  type RunContext,
  type SampleTask,
  type Task,
  type TaskEvent,
} from '@chorale/core/contracts'

/** What a flawed backend does otherwise. */
export interface BackendFlaws {
  readonly definition?: Partial<BackendDefinition<object>>
  readonly backend?: Partial<MCMCBackend>
  readonly capabilities?: Partial<BackendCapabilities>
  readonly runsEagerly?: boolean
  readonly event?: (event: TaskEvent, task: SampleTask) => readonly TaskEvent[]
  readonly tasks?: (tasks: readonly Task[]) => readonly Task[]
  readonly runTask?: (task: Task, context: RunContext) => Task
  readonly alwaysEmits?: boolean
  readonly runsOnce?: boolean
  readonly cleansUpOnce?: boolean
  readonly ignoresLimits?: boolean
  readonly ignoresShardLimit?: boolean
  readonly ignoresChainLimit?: boolean
  readonly attemptNumber?: (attempt: number) => number
  readonly attemptsWithoutEnd?: boolean
  readonly deafToSignal?: boolean
  readonly forgetsWaiting?: boolean
  readonly goesOnAfterLoop?: boolean
}

const finalEvent = (task: Task, attempt: number, error: unknown): TaskEvent => {
  const base = { task: task.id, attempt, at: 0 }
  if (isTaskStoppedError(error)) return { ...base, type: 'stopped', iteration: error.stopped.iteration, reason: 'stop' }
  const failure = isTaskError(error)
    ? error.failure
    : ({ cause: 'backend', code: 'BROKEN', message: String(error), retryable: false } as const)
  return { ...base, type: 'failed', failure }
}

/** A queue of events between the tasks and the loop that reads them. */
class Events {
  private readonly waiting: TaskEvent[] = []
  private wake = (): void => undefined
  private ended = false
  push(...events: readonly TaskEvent[]): void {
    this.waiting.push(...events)
    this.wake()
  }
  end(): void {
    this.ended = true
    this.wake()
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<TaskEvent> {
    for (;;) {
      while (this.waiting.length > 0) yield this.waiting.shift()!
      if (this.ended) return
      await new Promise<void>(resolve => (this.wake = resolve))
    }
  }
}

class Run {
  private readonly events = new Events()
  private readonly running = new Set<Task>()
  private left = false
  constructor(
    private readonly waiting: Task[],
    private readonly context: RunContext,
    private readonly capabilities: BackendCapabilities,
    private readonly flaws: BackendFlaws,
  ) {}

  private get stopping(): boolean {
    return (this.context.signal.aborted && this.flaws.deafToSignal !== true) || (this.left && this.flaws.goesOnAfterLoop !== true)
  }

  private hasRoomFor(task: Task): boolean {
    const { supportsSharding, maxParallelShards, supportsParallelChains } = this.capabilities
    const shards = new Set([...this.running].map(({ shard }) => shard)).add(task.shard)
    if (this.running.size >= this.context.limits.parallelTasks && this.flaws.ignoresLimits !== true) return false
    if (shards.size > (supportsSharding ? maxParallelShards : 1) && this.flaws.ignoresShardLimit !== true) return false
    return supportsParallelChains || this.flaws.ignoresChainLimit === true || ![...this.running].some(({ shard }) => shard === task.shard)
  }

  private emit(task: Task, event: TaskEvent): void {
    this.events.push(...(this.flaws.event?.(event, task as SampleTask) ?? [event]))
  }

  private async attempt(task: Task, count: number): Promise<void> {
    const attempt = this.flaws.attemptNumber?.(count) ?? count
    const base = { task: task.id, attempt, at: 0 }
    try {
      const hooks = { attempt, emit: (event: TaskEvent) => this.emit(task, event), shouldStop: () => this.stopping }
      const result = await this.context.runTask(this.flaws.runTask?.(task, this.context) ?? task, hooks)
      this.emit(task, { ...base, type: 'completed', result: { ...result, task: task.id } })
    } catch (error) {
      const again =
        isTaskError(error) && error.failure.retryable && (count < this.context.limits.attempts || this.flaws.attemptsWithoutEnd === true)
      if (again) return this.attempt(task, count + 1)
      this.emit(task, finalEvent(task, attempt, error))
    }
  }

  private startWhatMay(): void {
    while (!this.stopping) {
      const task = this.waiting.find(one => this.hasRoomFor(one))
      if (!task) return
      this.waiting.splice(this.waiting.indexOf(task), 1)
      this.running.add(task)
      void this.attempt(task, 1).finally(() => {
        this.running.delete(task)
        this.step()
      })
    }
  }

  step(): void {
    this.startWhatMay()
    if (this.stopping && this.flaws.forgetsWaiting !== true) {
      for (const task of this.waiting.splice(0))
        this.emit(task, { type: 'stopped', task: task.id, attempt: 0, at: 0, iteration: 0, reason: 'stop' })
    }
    if (this.running.size === 0) this.events.end()
  }

  async *loop(begun: boolean): AsyncGenerator<TaskEvent> {
    if (this.flaws.alwaysEmits === true && this.waiting.length === 0) {
      yield { type: 'log', task: 'nobody', attempt: 0, at: 0, level: 'info', line: 'nothing to do' }
    }
    if (!begun) this.step()
    try {
      yield* this.events
    } finally {
      this.left = true
      while (this.running.size > 0 && this.flaws.goesOnAfterLoop !== true) await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
}

/** A backend of this process that keeps the contract, except for its flaws. */
export function toyBackend(flaws: BackendFlaws = {}): BackendDefinition<object> {
  const declared: Partial<BackendCapabilities> = { sameProcess: true, supportsSharding: true, maxParallelShards: 2, ...flaws.capabilities }
  const definition: BackendDefinition<object> = {
    name: 'toy',
    summary: 'Runs tasks in this process',
    capabilities: declared,
    create: () => {
      let runs = 0
      let cleanups = 0
      const capabilities = { ...DEFAULT_CAPABILITIES, ...declared }
      return {
        name: 'toy',
        getCapabilities: () => capabilities,
        validateResources: () => Promise.resolve(),
        estimateMemory: ({ dataBytes, chains }: Load & { readonly chains: number }) => (1e8 + dataBytes * (1 + chains)) / 1e9,
        run: (tasks, context) => {
          if (flaws.runsOnce === true && runs++ > 0) throw new Error('the pool is closed')
          const run = new Run([...(flaws.tasks?.(tasks) ?? tasks)], context, capabilities, flaws)
          if (flaws.runsEagerly === true) run.step()
          return run.loop(flaws.runsEagerly === true)
        },
        cleanup: () => (flaws.cleansUpOnce === true && cleanups++ > 0 ? Promise.reject(new Error('already closed')) : Promise.resolve()),
        ...flaws.backend,
      }
    },
  }
  return Object.defineProperties(definition, Object.getOwnPropertyDescriptors(flaws.definition ?? {})) as BackendDefinition<object>
}
