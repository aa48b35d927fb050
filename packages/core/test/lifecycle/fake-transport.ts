import { liveBackend } from '../../src/lifecycle/index.js'
import {
  TaskError,
  type BackendCapabilities,
  type FailureCause,
  type RunContext,
  type RunLimits,
  type RunningTask,
  type SampleTask,
  type Task,
  type TaskEvent,
  type TaskResult,
  type TaskStopped,
  type Transport,
} from '../../src/contracts/index.js'
import { VirtualClock } from '../virtual-clock.js'

export const chain = (shard: number, number: number, draws = 100): SampleTask => ({
  format: 1,
  id: `sample-${String(shard).padStart(4, '0')}-${number}`,
  kind: 'sample',
  shard,
  chain: number,
  restart: 0,
  model: { kind: 'inline', id: 'none' },
  data: { kind: 'shared', id: 'none' },
  summary: null,
  powers: { prior: 1, jacobian: 1, likelihood: 1 },
  load: { rows: 10, dataBytes: 80, dimension: 2, draws },
  key: [1, 2],
  sampler: { name: 'none', url: 'about:blank', version: '', digest: '' },
  settings: { warmup: 0, draws, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {} },
})

/** Chains of shards: 2 x 3 gives `sample-0000-0` to `sample-0001-2`. */
export const chains = (shards: number, perShard: number): readonly SampleTask[] =>
  Array.from({ length: shards * perShard }, (_, i) => chain(Math.floor(i / perShard), i % perShard))

export const resultOf = (task: Task, attempt = 1): TaskResult => ({
  format: 1,
  task: task.id,
  attempt,
  files: [],
  seconds: 1,
  node: 'here',
})

export const taskError = (cause: FailureCause, retryable: boolean): TaskError =>
  new TaskError({ cause, code: `CHORALE_${cause.toUpperCase()}`, message: `failed by ${cause}`, retryable })

/** One attempt that a fake transport was asked for, to be steered by the test. */
export class Attempt implements RunningTask {
  readonly outcome: Promise<TaskResult | TaskStopped>
  stopped = 0
  killed = 0
  resident: number | undefined
  counted = 0
  onStop: () => void = () => undefined
  onKill: () => Promise<void> = async () => this.fail(new Error('killed'))
  complete!: (result?: TaskResult) => void
  fail!: (error: unknown) => void

  constructor(
    readonly task: Task,
    readonly number: number,
    readonly emit: (event: TaskEvent) => void,
  ) {
    this.outcome = new Promise((resolve, reject) => {
      this.complete = (result = resultOf(task, number)) => resolve(result)
      this.fail = reject
    })
  }

  /** Ends as a task does that checkpointed. */
  checkpointed(iteration: number, reason: TaskStopped['reason'] = 'stop'): void {
    this.complete({ task: this.task.id, attempt: this.number, iteration, reason } as unknown as TaskResult)
  }

  progress(done = 1): void {
    this.emit({ type: 'progress', task: this.task.id, attempt: this.number, at: 0, done, total: 100, divergences: 0 })
  }

  stop(): void {
    this.stopped++
    this.onStop()
  }

  async kill(): Promise<void> {
    this.killed++
    await this.onKill()
  }

  residentBytes(): number {
    return this.resident ?? 0
  }

  beats(): number {
    return this.counted
  }
}

/** Does nothing by itself: a test sees what was started and says what happens to it. */
export class FakeTransport implements Transport {
  readonly attempts: Attempt[] = []
  opened = 0
  closed = 0
  onOpen: (context: RunContext) => Promise<void> = async () => undefined
  onStart: (attempt: Attempt) => void = () => undefined

  open(context: RunContext): Promise<void> {
    this.opened++
    return this.onOpen(context)
  }

  start(task: Task, number: number, emit: (event: TaskEvent) => void): RunningTask {
    const attempt = new Attempt(task, number, emit)
    this.attempts.push(attempt)
    this.onStart(attempt)
    return attempt
  }

  async close(): Promise<void> {
    this.closed++
  }

  get started(): readonly string[] {
    return this.attempts.map(({ task }) => task.id)
  }

  /** The newest attempt of a task. */
  of(task: Task): Attempt {
    return this.attempts.findLast(attempt => attempt.task === task)!
  }
}

const EVERYTHING: Partial<BackendCapabilities> = { supportsSharding: true, maxParallelShards: 100 }
const LIMITS: RunLimits = { parallelTasks: 100, memoryBytes: Infinity, taskSeconds: 3600, heartbeatSeconds: 60, attempts: 3 }

export interface Stage {
  readonly clock: VirtualClock
  readonly transport: FakeTransport
  readonly abort: AbortController
  readonly backend: ReturnType<typeof liveBackend>
  readonly context: RunContext
  readonly warnings: string[]
  /** Runs tasks and collects their events; `events` fills while the run goes on. */
  run(tasks: readonly Task[]): { readonly events: TaskEvent[]; readonly done: Promise<void> }
}

export function stage(limits: Partial<RunLimits> = {}, capabilities: Partial<BackendCapabilities> = EVERYTHING): Stage {
  const clock = new VirtualClock()
  const transport = new FakeTransport()
  const abort = new AbortController()
  const warnings: string[] = []
  const context: RunContext = {
    runDirectory: '/nowhere',
    signal: abort.signal,
    log: { info: () => undefined, warn: message => warnings.push(message) },
    runTask: () => Promise.reject(new Error('not used')),
    limits: { ...LIMITS, ...limits },
  }
  const backend = liveBackend('fake', capabilities, transport, clock)
  return {
    clock,
    transport,
    abort,
    backend,
    context,
    warnings,
    run(tasks) {
      const events: TaskEvent[] = []
      const collect = async (): Promise<void> => {
        for await (const event of backend.run(tasks, context)) events.push(event)
      }
      return { events, done: collect() }
    },
  }
}

const FINAL = ['completed', 'failed', 'stopped']

/** The final events, as `id: type`, in their order. */
export const endings = (events: readonly TaskEvent[]): readonly string[] =>
  events.filter(({ type }) => FINAL.includes(type)).map(({ task, type }) => `${task}: ${type}`)

export const eventOf = <T extends TaskEvent['type']>(events: readonly TaskEvent[], type: T): Extract<TaskEvent, { readonly type: T }> => {
  const found = events.find(event => event.type === type)
  if (!found) throw new Error(`no ${type} event among ${events.map(event => event.type).join(', ')}`)
  return found as Extract<TaskEvent, { readonly type: T }>
}

export const eventsOfType = <T extends TaskEvent['type']>(
  events: readonly TaskEvent[],
  type: T,
): readonly Extract<TaskEvent, { readonly type: T }>[] =>
  events.filter((event): event is Extract<TaskEvent, { readonly type: T }> => event.type === type)
