import type { BoundModel, MCMCBackend, Model, RunContext, SamplerDefinition } from '../contracts/index.js'
import type { RunRecord } from '../run-directory/index.js'
import type { Settings } from '../settings/index.js'
import type { RunObserver, Warning } from '../run-event.js'
import type { Stopwatch } from '../stopwatch.js'

/** One run that is open in this process: its record, and what is needed to go on with it. */
export interface ActiveRun {
  /** Absolute path of the run directory. */
  readonly path: string
  readonly record: RunRecord
  readonly settings: Settings
  /** The run's own: what decides on restarts is what samples. */
  readonly sampler: SamplerDefinition
  readonly backend: MCMCBackend
  readonly context: RunContext
  readonly observe: RunObserver
  readonly stopwatch: Stopwatch
  /** The same run on a backend of this machine, made when it is first asked for: for tasks that answer within seconds. undefined where none is installed. */
  onThisMachine(): Promise<ActiveRun | undefined>
  /** False once another process has taken over: then nothing may be accepted, tried again or combined here. */
  stillDriving(): Promise<boolean>
  /** Without what is fixed. */
  readonly model: Pick<Model, 'samplePriorInto'>
  /** Binds the model, without what is fixed, to one shard, in this process: names, transforms, prior. */
  bindShard(shard: number): Promise<BoundModel>
  /** Shown, logged and kept for the summary. */
  warn(warning: Warning): void
  /** What was warned of so far, each once. */
  warnings(): readonly Warning[]
  /** Frees what belongs to this process; cancels nothing. */
  close(): Promise<void>
}
