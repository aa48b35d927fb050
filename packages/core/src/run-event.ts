import type { SubmissionPreview } from './batch/submission/preview.js'
import type { TaskEvent } from './contracts/index.js'
import type { EvaluationPlace } from './execution/evaluation-place.js'

export interface Warning {
  readonly code: string
  readonly message: string
}

/** The work of a run, and what it is expected to take on this machine. */
export interface PlannedWork {
  readonly backend: string
  readonly backendReason: string
  /** Its tasks outlive this process. */
  readonly detachable: boolean
  readonly sampler: string
  readonly combiner: string
  readonly evaluations: EvaluationPlace
  readonly shards: number
  /** Chains of each shard. */
  readonly chains: number
  /** Chains of all shards. */
  readonly tasks: number
  readonly rows: number
  readonly rowsPerShard: { readonly least: number; readonly most: number }
  readonly dimension: number
  /** Iterations of each chain, warmup included. */
  readonly iterations: number
  /** Cores that this process may use. */
  readonly usableWorkers: number
  /** Chains that run at a time. */
  readonly tasksAtOnce: number
  /** Upper limit of the memory of the chains that run at a time, in gigabytes, by the backend's own estimate. */
  readonly memory: number
  /** What the run directory will hold, in bytes: rows, draws with their values, statistics, the combination. */
  readonly diskBytes: number
  /** How much of it is what `output.logLikelihood` and `output.predictive` ask for. */
  readonly predictionBytes?: number
  /** Of one log density with its gradient on the first shard, in seconds; null where that was not measured. */
  readonly gradientSeconds: number | null
  /** That are assumed: easy posteriors need about half, hard ones many times as many. null for a sampler without trajectories. */
  readonly gradientsPerIteration: number | null
  /** How long sampling takes, very roughly, by these two; null where either is unknown. */
  readonly seconds: number | null
}

/** What a run is about to do. */
export interface PlanFacts extends PlannedWork {
  readonly run: string
  readonly path: string
  /** Whether chains are run; false where finished ones are combined again. */
  readonly samples: boolean
}

/** What a run with the settings would do, without one. */
export interface PlanPreview extends PlannedWork {
  /** The folder that would hold the run directory. */
  readonly directory: string
  /** Bytes that are free there; null where that cannot be told. */
  readonly diskFree: number | null
  /** What the run would warn of before it samples. */
  readonly warnings: readonly Warning[]
  /** What a batch backend would hand to its scheduler first, as exactly as can be told without a run. */
  readonly submissions?: readonly SubmissionPreview[]
  /** Of a detached run: the job that would combine or drive it. */
  readonly clientJob?: SubmissionPreview
}

/** How far the sampling of a run is. */
export interface RunProgress {
  readonly shards: { readonly finished: number; readonly planned: number }
  /** Those of restarts included. */
  readonly chains: { readonly finished: number; readonly planned: number }
  /** Chains that were submitted and have not begun, and what is said of why; absent where there are none. */
  readonly waiting?: { readonly chains: number; readonly why: string }
  /** Of all iterations of all chains, 0 to 1. */
  readonly fraction: number
  /** Of all chains together since this process began to sample, iterations of warm-up included; null before any were seen. */
  readonly drawsPerSecond: number | null
  readonly divergences: number
  /** The running chain that is expected to end last. */
  readonly slowest: { readonly task: string; readonly fraction: number; readonly drawsPerSecond: number } | null
  /** Resident memory in bytes: of this process, its threads included, and of the processes of tasks that run. */
  readonly residentBytes: number
  /** Until all chains that are planned have ended, at the speed so far; null while nothing can be told. */
  readonly secondsLeft: number | null
}

export type Stage = 'bundle' | 'data' | 'combine' | 'locals' | 'verify' | 'predict'

/** Everything that a run says while it runs; the command line shows it, an API user may listen. */
export type RunEvent =
  | { readonly type: 'stage'; readonly stage: Stage; readonly detail: string }
  | { readonly type: 'plan'; readonly plan: PlanFacts }
  | { readonly type: 'task'; readonly event: TaskEvent }
  /** About once a second while chains run, and whenever one ends. */
  | { readonly type: 'progress'; readonly progress: RunProgress }
  | {
      readonly type: 'restart'
      readonly shard: number
      readonly restart: number
      /** In the sampler's words. */
      readonly reason: string
    }
  | { readonly type: 'warning'; readonly warning: Warning }
  /** What backend and combiner say about their choices: how a chain is split, which combiner suits the shards. */
  | { readonly type: 'note'; readonly message: string }

export type RunObserver = (event: RunEvent) => void
