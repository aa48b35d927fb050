/** What a report reads of a run. Everything of it may be absent: a report of a run that failed shows what there is. */
import type { MissingPart, ReadableRun, SummaryRow } from '../readable-run.js'

/** A gate as `summary.json` has it. */
export interface ReportedGate {
  readonly gate: string
  readonly passed: boolean
  readonly level: 'warn' | 'fail' | 'off'
  readonly measured: number | null
  readonly limit: number
  readonly bound: 'at most' | 'at least'
  readonly shards?: { readonly failed: number; readonly judged: number }
  readonly shard?: number
  readonly chain?: number
  readonly parameter?: string
  readonly finding: string
  readonly meaning: string
  readonly advice: readonly string[]
}

export interface ReportedShard {
  readonly id: number
  readonly status: 'completed' | 'failed'
  readonly attempts: number
  readonly restarts: number
  readonly rows: number
  readonly chains: number
  readonly divergences: number | null
  readonly rhatMax: number | null
  readonly essBulkMin: number | null
  readonly ebfmiMin: number | null
  readonly seconds: number
  readonly restarted: readonly { readonly restart: number; readonly reason: string }[]
}

/** `summary.json`, as far as it is shown. */
export interface ReportedSummary {
  readonly sampler: string
  readonly combiner: string
  readonly backend: string
  readonly parameters: Readonly<Record<string, SummaryRow>>
  readonly shards: readonly ReportedShard[]
  readonly rows: { readonly used: number; readonly total: number }
  readonly heterogeneity: {
    readonly q: number | null
    readonly degreesOfFreedom: number
    readonly pValue: number | null
    readonly i2: number | null
  } | null
  readonly diagnostics?: Readonly<Record<string, unknown>>
  readonly verification: {
    readonly paretoK: number | null
    readonly kThreshold: number | null
    readonly weightEss: number | null
    readonly positions: number | null
    readonly maxShift: number | null
    readonly verdict: string
  }
  /** Left out of summaries of older versions. */
  readonly gates?: readonly ReportedGate[]
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  readonly timings: Readonly<Record<string, number | null>>
}

/** `run.json`, as far as it is shown. */
export interface ReportedRecord {
  readonly createdAt: number
  readonly versions: {
    readonly chorale: string
    readonly node: string
    readonly v8: string
    readonly arch: string
    readonly platform: string
  }
  readonly seed: number
  readonly settings: unknown
  readonly plan: {
    readonly chains: number
    readonly backend: string
    readonly combiner: string
    readonly shards: readonly { readonly id: number; readonly rows: number }[]
    readonly sampler: { readonly name: string }
    readonly sampling: NonNullable<ReadableRun['record']>['plan']['sampling']
    readonly parameters: readonly {
      readonly name: string
      readonly support: string
      readonly prior?: 'proper' | 'flat'
    }[]
  }
  readonly plugins: readonly { readonly name: string; readonly version: string; readonly digest: string }[]
  readonly code: { readonly digest: string } | null
  readonly data: { readonly fingerprint: string; readonly rows: { readonly total: number; readonly used: number } }
  readonly kernels: readonly { readonly site: string; readonly kernel: string; readonly reason: string }[]
}

/** The results of a run: `open` of `@chorale/core/results` gives it. */
export interface ReportedRun extends Pick<ReadableRun, 'path' | 'id' | 'shards' | 'missing' | 'posterior' | 'shard' | 'prior'> {
  readonly record: ReportedRecord | undefined
  readonly summary: ReportedSummary | undefined
}

/** One execution of a task; times in milliseconds since 1970. */
export interface ReportedAttempt {
  readonly task: string
  readonly attempt: number
  readonly counts: boolean
  readonly status: 'completed' | 'failed' | 'stopped' | 'begun'
  readonly queuedAt?: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly host?: string
  readonly warmupSeconds?: number
  readonly samplingSeconds?: number
  readonly reason?: string
}

/** What batch jobs asked for and used: memory in bytes, walltime in seconds; null: the site's default. */
export interface ReportedCost {
  readonly scheduler: string
  readonly kinds: readonly {
    readonly kind: string
    readonly jobs: number
    readonly coreHours: { readonly held: number; readonly used: number }
    readonly memory: { readonly asked: number | null; readonly largest: number }
    readonly walltime: { readonly asked: number | null; readonly longest: number }
  }[]
  readonly suggestions: readonly string[]
}

/** How a run came to its results: `readHistory` of `@chorale/core` gives it. */
export interface ReportedHistory {
  readonly state: 'finished' | 'running' | 'detached' | 'cancelled' | 'interrupted' | undefined
  /** Of a run that has ended. */
  readonly verdict?: string
  readonly cost?: ReportedCost
  readonly attempts: readonly ReportedAttempt[]
  readonly moreAttempts: number
  readonly combinations: readonly { readonly combiner: string; readonly summary: ReportedSummary }[]
  readonly missing: readonly MissingPart[]
}
