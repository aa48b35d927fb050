import type { JsonObject, Json } from './json.js'
import type { Key } from './key.js'
import type { Powers } from './powers.js'

/** Where the model's code is. */
export type ModelReference =
  /** `<run>/<path>` is the job bundle; `digest` is its SHA-256, checked before it is loaded. */
  | { readonly kind: 'bundle'; readonly path: string; readonly exportName: string; readonly digest: string }
  /** An object of this process: only for backends whose capability `sameProcess` is true. */
  | { readonly kind: 'inline'; readonly id: string }

/** Where a shard's rows are. */
export type DataReference =
  /** `<run>/<directory>/<shard, 4 digits>.cols`; `digest` is the SHA-256 of that file. */
  | { readonly kind: 'columns'; readonly directory: string; readonly digest: string }
  /** SharedArrayBuffers that the transport hands over once per worker. */
  | { readonly kind: 'shared'; readonly id: string }

/** What a task costs, for planning, scheduling (longest first) and memory estimates. */
export interface Load {
  readonly rows: number
  readonly dataBytes: number
  readonly dimension: number
  readonly draws: number
}

/** A file that a task made or reads: path relative to its directory, size in bytes, SHA-256 in hex. */
export interface FileRecord {
  readonly path: string
  readonly bytes: number
  readonly digest: string
}

/** Where the code of a plugin is, recorded at plan time so that a thread, a job or a later client loads the same. */
export interface CodeReference {
  readonly name: string
  readonly url: string
  readonly version: string
  readonly digest: string
}

/** What every sampler understands; `options` are the sampler's own (metric, initialisation, ...), checked by its schema. */
export interface SamplingSettings {
  readonly warmup: number
  readonly draws: number
  readonly targetAcceptProb: number
  readonly maxTreeDepth: number
  /** Keeps every thin-th draw after warm-up: ceil(draws / thin) of them. */
  readonly thin: number
  /** Writes the iterations of warm-up too, to files of their own. */
  readonly saveWarmup: boolean
  readonly options: JsonObject
}

/** How many draws a chain with these settings keeps. */
export const keptDraws = ({ draws, thin }: Pick<SamplingSettings, 'draws' | 'thin'>): number => Math.ceil(draws / thin)

/** Parameter name -> its constrained value, arrays flat and row-major. */
export type FixedParameters = Readonly<Record<string, number | readonly number[]>>

interface TaskBase {
  readonly format: 1
  /** `sample-0007-2`, `evaluate-0007-003`: [a-z0-9-], at most 40 characters. Also the name of its folder. */
  readonly id: string
  readonly shard: number
  readonly model: ModelReference
  readonly data: DataReference
  /** What `Model.summarize` returned for all rows; null without it. */
  readonly summary: Json
  readonly powers: Powers
  readonly load: Load
  /** Parameters held at constrained values, flat and row-major: they are none of the coordinates of this task. */
  readonly fixed?: FixedParameters
}

/** One chain of one shard. */
export interface SampleTask extends TaskBase {
  readonly kind: 'sample'
  readonly chain: number
  /** 0, then one more each time all chains of the shard run again. */
  readonly restart: number
  readonly key: Key
  readonly sampler: CodeReference
  readonly settings: SamplingSettings
}

/** One shard at N positions: log density each, on request its gradient or the pointwise log likelihood. */
export interface EvaluateTask extends TaskBase {
  readonly kind: 'evaluate'
  /** A rows file (see `encodeRowsHeader`) of unconstrained positions, relative to the run directory. */
  readonly positions: FileRecord
  readonly gradient: boolean
  readonly pointwise: boolean
}

/** One draw of a shard's local parameters for each of N combined draws of the global ones. */
export interface ConditionalTask extends TaskBase {
  readonly kind: 'conditional'
  readonly globals: FileRecord
  readonly key: Key
  readonly sampler: CodeReference
  readonly settings: SamplingSettings
}

/** The unit that is queued, retried and resumed: JSON, the only thing that crosses a thread, process or host. */
export type Task = SampleTask | EvaluateTask | ConditionalTask

/** A task that ended well. File paths are relative to the attempt's directory. */
export interface TaskResult {
  readonly format: 1
  readonly task: string
  readonly attempt: number
  readonly files: readonly FileRecord[]
  readonly seconds: number
  readonly node: string
}

/** Ended early on purpose; not a failure. A resume goes on from the newest checkpoint of any attempt, or begins the task again where there is none. */
export interface TaskStopped {
  readonly task: string
  readonly attempt: number
  readonly iteration: number
  readonly reason: 'walltime' | 'stop' | 'cancelled'
}

/** Who or what is to blame for a failed attempt; decides whether another is made, and with what. */
export type FailureCause =
  | 'model'
  | 'start'
  | 'divergent'
  | 'memory'
  | 'timeout'
  | 'walltime'
  | 'lost'
  | 'cancelled'
  | 'result'
  | 'backend'
  | 'environment'
  | 'node'
  | 'limit'
  | 'hook'
  | 'neverRuns'
  | 'superseded'
  | 'notReproducible'

/** Why an attempt failed. `retryable`: another attempt, with the same key, may succeed. */
export interface TaskFailure {
  readonly cause: FailureCause
  readonly code: string
  readonly message: string
  readonly retryable: boolean
}

/** The error to reject a `RunningTask.outcome` with. Anything else that is thrown counts as cause `backend`, not retryable. */
export class TaskError extends Error {
  override readonly name = 'TaskError'
  constructor(
    readonly failure: TaskFailure,
    options?: ErrorOptions,
  ) {
    super(failure.message, options)
  }
}

/** Structural, so that it also recognises an error made by another copy of this package. */
export const isTaskError = (error: unknown): error is TaskError =>
  error instanceof Error && error.name === 'TaskError' && typeof (error as Partial<TaskError>).failure?.cause === 'string'

/** Thrown out of a sampler when `hooks.shouldStop()` said so. */
export class TaskStoppedError extends Error {
  override readonly name = 'TaskStoppedError'
  constructor(readonly stopped: TaskStopped) {
    super(`task ${stopped.task} stopped at iteration ${stopped.iteration}: ${stopped.reason}`)
  }
}

/** Structural, as `isTaskError`. */
export const isTaskStoppedError = (error: unknown): error is TaskStoppedError =>
  error instanceof Error && error.name === 'TaskStoppedError' && typeof (error as Partial<TaskStoppedError>).stopped?.task === 'string'
