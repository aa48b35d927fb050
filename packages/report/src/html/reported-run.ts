/** What a report reads of a run, as core records it. Everything of it may be absent: a report of a run that failed shows what there is. */
import type {
  AttemptHistory,
  CostRecord,
  GateSummary,
  OptimizationSummary,
  RunHistory,
  RunRecord,
  ShardSummary,
  Summary,
} from '@chorale/core/results'

import type { MissingPart, ReadableRun } from '../readable-run.js'

/** Nothing of it is changed here. */
type Shown<T> = T extends readonly (infer Element)[]
  ? readonly Shown<Element>[]
  : T extends object
    ? { readonly [K in keyof T]: Shown<T[K]> }
    : T

/** A gate as `summary.json` has it. */
export type ReportedGate = Shown<GateSummary>

export type ReportedShard = Shown<
  Pick<
    ShardSummary,
    'id' | 'status' | 'attempts' | 'restarts' | 'rows' | 'chains' | 'divergences' | 'rhatMax' | 'essBulkMin' | 'ebfmiMin' | 'seconds'
  >
> & { readonly restarted: readonly Pick<ShardSummary['restarted'][number], 'restart' | 'reason'>[] }

type Verification = Pick<Summary['verification'], 'paretoK' | 'kThreshold' | 'weightEss' | 'positions' | 'maxShift' | 'verdict'>

/** `summary.json`, as far as it is shown. */
export interface ReportedSummary extends Shown<
  Pick<Summary, 'sampler' | 'combiner' | 'backend' | 'parameters' | 'rows' | 'heterogeneity' | 'warnings'>
> {
  readonly shards: readonly ReportedShard[]
  readonly diagnostics?: Readonly<Record<string, unknown>>
  readonly verification: Shown<Verification>
  /** Left out of summaries of older versions. */
  readonly gates?: readonly ReportedGate[]
  readonly timings: Readonly<Partial<Summary['timings']>>
}

type Plan = RunRecord['plan']

/** `run.json`, as far as it is shown. */
export interface ReportedRecord extends Pick<RunRecord, 'createdAt' | 'versions' | 'seed' | 'kernels'> {
  readonly settings: unknown
  readonly plan: Pick<Plan, 'chains' | 'backend' | 'combiner' | 'fixed'> & {
    readonly shards: readonly Pick<Plan['shards'][number], 'id' | 'rows'>[]
    readonly sampler: Pick<Plan['sampler'], 'name'>
    readonly sampling: NonNullable<ReadableRun['record']>['plan']['sampling']
    readonly parameters: readonly Pick<Plan['parameters'][number], 'name' | 'support' | 'prior' | 'scope'>[]
  }
  readonly plugins: readonly Pick<RunRecord['plugins'][number], 'name' | 'version' | 'digest'>[]
  readonly code: Pick<NonNullable<RunRecord['code']>, 'digest'> | null
  readonly data: Pick<RunRecord['data'], 'fingerprint' | 'rows'>
}

/** The results of a run: `open` of `@chorale/core/results` gives it. */
export interface ReportedRun extends Pick<
  ReadableRun,
  'path' | 'id' | 'shards' | 'missing' | 'posterior' | 'shard' | 'prior' | 'findPredictions'
> {
  readonly record: ReportedRecord | undefined
  readonly summary: ReportedSummary | undefined
  /** Of a run that looked for a mode. */
  readonly mode?: Shown<Pick<OptimizationSummary, 'parameters' | 'isConverged' | 'warnings'>> | undefined
}

/** One execution of a task; times in milliseconds since 1970. */
export type ReportedAttempt = AttemptHistory

/** What batch jobs asked for and used: memory in bytes, walltime in seconds; null: the site's default. */
export type ReportedCost = Pick<CostRecord, 'scheduler' | 'kinds' | 'suggestions'>

/** How a run came to its results: `readHistory` of `@chorale/core` gives it. */
export interface ReportedHistory extends Pick<RunHistory, 'state' | 'verdict' | 'attempts' | 'moreAttempts'> {
  readonly cost?: ReportedCost
  readonly combinations: readonly { readonly combiner: string; readonly summary: ReportedSummary }[]
  readonly missing: readonly MissingPart[]
}
