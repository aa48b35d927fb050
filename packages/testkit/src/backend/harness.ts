import type { Host, RunContext, Task } from '@chorale/core/contracts'
import type { Fault, FaultKind } from './faults.js'

/** The tasks that a check needs. Equal requests, apart from `signal`, give equal tasks, so that their draws can be compared. */
export interface RunRequest {
  readonly shards: number
  /** Chains of each shard: `shards` x `chains` sample tasks. 0 shards: no tasks. */
  readonly chains: number
  /** `short`: ends within about a second. `long`: takes minutes unless it is stopped, writes draws and emits `progress` all the while. */
  readonly length: 'short' | 'long'
  /** `inline`: the tasks' model is an object of this process. `module`: it is loaded from a file, as in any other process. */
  readonly model: 'module' | 'inline'
  /** The model of this shard's tasks throws at its first evaluation. */
  readonly throwingShard?: number
  /** Only of the kinds that the harness lists in `faults`. */
  readonly fault?: Fault
  /** Rows of each shard, where memory is measured; left out, the harness decides. */
  readonly rows?: number
  /** Becomes `context.signal`. */
  readonly signal: AbortSignal
}

/** A run directory with tasks in it. */
export interface RunOnTrial {
  readonly context: RunContext
  readonly tasks: readonly Task[]
  /** Where an attempt writes its files: what the paths of its result are relative to. */
  attemptDirectory(task: string, attempt: number): string
  /** Removes the run directory. Called once, after the last task has ended. */
  dispose(): Promise<void>
}

/**
 * The real things that a backend is tried with. `@chorale/cli` has one for `chorale plugin check`, `inProcessHarness` is one for backends that run tasks in this
 * process, and a test may bring its own.
 */
export interface BackendHarness {
  /**
   * The faults that it can plant into a model. Needed for backends that declare `isolation` and run tasks elsewhere: for those of this process they are
   * caused through `context.runTask`.
   */
  readonly faults?: readonly FaultKind[]
  host(): Host
  /** A fresh run directory each time. `context.runTask` really samples. */
  context(request: RunRequest): Promise<RunOnTrial>
}
