import type { Json } from './json.js'
import type { TaskEvent } from './event.js'
import type { BoundModel, Model, ShardData } from './model.js'
import type { Load, Task, TaskResult, TaskStopped } from './task.js'

/** What a backend can do. Data, read without creating it; none of these refuses a run. */
export interface BackendCapabilities {
  /** Several shards at a time. False (default): shards are given one at a time. */
  readonly supportsSharding: boolean
  /** Several chains of one shard at a time. Default true. */
  readonly supportsParallelChains: boolean
  /** Upper limit of shards in flight. Default 1. */
  readonly maxParallelShards: number
  /** Runs tasks in the process that plans, so that a model may be an object instead of a module. Default false. */
  readonly sameProcess: boolean
  /** What a crash in a model takes down: everything (`none`, default), a thread or a process. */
  readonly isolation: 'none' | 'thread' | 'process'
  /** Tasks outlive this process (`DetachableBackend`). Default false. */
  readonly detachable: boolean
  /** Runs a stopped task again, from its newest checkpoint where the sampler wrote one. Default true. */
  readonly resumable: boolean
  /** A task starts within seconds: rounds of evaluations may use it. Default true. */
  readonly interactive: boolean
}

/** What a backend can do that says nothing of it. */
export const DEFAULT_CAPABILITIES: BackendCapabilities = {
  supportsSharding: false,
  supportsParallelChains: true,
  maxParallelShards: 1,
  sameProcess: false,
  isolation: 'none',
  detachable: false,
  resumable: true,
  interactive: true,
}

/** The run's log: a line for people, and fields for programs. */
export interface Log {
  info(message: string, fields?: Record<string, Json>): void
  warn(message: string, fields?: Record<string, Json>): void
}

/** What a run allows its tasks. Infinity where nothing limits them. */
export interface RunLimits {
  /** Tasks in flight at most. */
  readonly parallelTasks: number
  /** Of all tasks in flight together. */
  readonly memoryBytes: number
  /** Run time of one attempt in seconds, never queue time. */
  readonly taskSeconds: number
  /** Seconds without a sign of life after which a task that has shown one counts as lost. */
  readonly heartbeatSeconds: number
  /** Attempts of one task at most. */
  readonly attempts: number
}

/** What a backend may use of the run that it serves. */
export interface RunContext {
  readonly runDirectory: string
  /** Aborted with the reason `stop` (end soon, keeping what a resume needs), `cancel` (end now) or `detach` (leave detachable tasks alone). */
  readonly signal: AbortSignal
  readonly log: Log
  /**
   * Runs one task in this process: loads the job bundle and the shard's rows, claims the attempt's directory, samples, writes the records.
   * The same function in every backend. Resolves with the result; rejects with a `TaskError` or, after `shouldStop`, a `TaskStoppedError`.
   */
  runTask(task: Task, hooks: TaskHooks): Promise<TaskResult>
  readonly limits: RunLimits
}

/** What a task that runs asks, and tells, whoever runs it. */
export interface TaskHooks {
  /** The first number of an attempt to claim, from 1; a sampler sees the claimed one. */
  readonly attempt: number
  emit(event: TaskEvent): void
  /** Polled after every leapfrog step; a shared flag, not an event. */
  shouldStop(): boolean
  /** Why it should, where the backend knows better than `stop`: for the attempt's record. */
  stopReason?(): TaskStopped['reason']
  /** Absolute paths of the folders of earlier attempts of the task, newest first: a sampler goes on from what the newest valid one left. */
  readonly earlier?: readonly string[]
  /** The seam of within-chain parallelism: replaces `model.bind(data, summary)`. */
  bind?(model: Model, data: ShardData, summary: Json): BoundModel
}

/** What `chorale doctor` shows of one thing that it has looked at. */
export interface Diagnosis {
  /** What was looked at: `qsub`, `job history`, ... */
  readonly what: string
  /** `warning`: it works, but not as well as it could. `problem`: runs will fail. */
  readonly level: 'ok' | 'warning' | 'problem'
  readonly found: string
  /** What to change; for what is not ok. */
  readonly change?: string
}

/**
 * Where tasks run.
 *
 * Most backends do not implement this: they give `host.liveBackend` a `Transport` (start one task, stop it, kill it), and queue, attempts,
 * timeouts and draining are done once, in `core`.
 */
export interface MCMCBackend {
  readonly name: string
  getCapabilities(): BackendCapabilities
  /** Rejects with what is missing (a command, memory, a device) and how to get it. */
  validateResources(load?: Load): Promise<void>
  /** Peak memory of one shard's tasks in gigabytes: an upper bound. */
  estimateMemory(load: Load & { readonly chains: number }): number
  /**
   * Starts at the first `next()`. Every task ends in exactly one `completed`, `failed` or `stopped` event, tasks that never started included.
   * Leaving the loop early stops the running tasks of a backend that is not detachable. May be called again until `cleanup`.
   */
  run(tasks: readonly Task[], context: RunContext): AsyncIterable<TaskEvent>
  /** What `chorale doctor` asks besides `validateResources`: commands, servers, limits, folders. Changes nothing; what is wrong is an answer, not a rejection. */
  diagnose?(): Promise<readonly Diagnosis[]>
  /** Frees this process's resources; never cancels detached tasks. Idempotent. */
  cleanup(): Promise<void>
}

/** `submit` is idempotent and resolves when every answer is on disk; `attach` never submits; ending either leaves the tasks alone. */
export interface DetachableBackend extends MCMCBackend {
  submit(tasks: readonly Task[], context: RunContext): Promise<void>
  attach(tasks: readonly Task[], context: RunContext): AsyncIterable<TaskEvent>
  /** Resolves with the ids that are still alive. */
  cancel(tasks: readonly Task[], context: RunContext): Promise<readonly string[]>
}

/** A base class for those who like one; `isMCMCBackend` does not ask for it. */
export abstract class CMCBackend implements MCMCBackend, AsyncDisposable {
  abstract readonly name: string
  abstract getCapabilities(): BackendCapabilities
  abstract validateResources(load?: Load): Promise<void>
  abstract estimateMemory(load: Load & { readonly chains: number }): number
  abstract run(tasks: readonly Task[], context: RunContext): AsyncIterable<TaskEvent>
  abstract cleanup(): Promise<void>
  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanup()
  }
}

const hasMethods = (x: unknown, methods: readonly string[]): boolean =>
  typeof x === 'object' && x !== null && methods.every(m => typeof (x as Record<string, unknown>)[m] === 'function')

/** A structural check: a plugin need not extend our class. */
export function isMCMCBackend(x: unknown): x is MCMCBackend {
  return (
    hasMethods(x, ['getCapabilities', 'validateResources', 'estimateMemory', 'run', 'cleanup']) &&
    typeof (x as MCMCBackend).name === 'string'
  )
}

/** Structural, as `isMCMCBackend`. */
export function isDetachable(backend: MCMCBackend): backend is DetachableBackend {
  return hasMethods(backend, ['submit', 'attach', 'cancel'])
}
