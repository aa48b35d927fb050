export * from './contracts/index.js'
export { systemClock, type Clock } from './clock.js'
export { doctor, type DoctorRequest } from './doctor/index.js'
export { createRuntime, type Runtime, type RuntimeOptions } from './composition.js'
export { Disposal } from './disposal.js'
export { formatError } from './errors/format.js'
export { ERROR_CODES, errorsMarkdown, exitCodeOf } from './errors/codes.js'
export { WARNINGS as WARNING_CODES } from './errors/code-table.js'
export { systemExec, type Exec, type ExecOptions, type ExecResult } from './exec.js'
export { liveBackend } from './lifecycle/index.js'
export { hostOf } from './host.js'
export type { RunResult } from './pipeline/finish.js'
export type { InspectedData, ModelInspection } from './planning/inspect-model.js'
export type { CombinerChoice } from './planning/choose-combiner.js'
export type { ComparedCombiner, ComparisonOutcome, RunOutcome } from './pipeline/pipeline.js'
export type { CancelOptions, CancelRequested } from './pipeline/cancel-run.js'
export type { DetachedRun } from './pipeline/detach.js'
export type { Halted, HaltReason } from './pipeline/halt.js'
export type { ReopenOptions } from './pipeline/reopen.js'
export type { RunPart, Timings } from './stopwatch.js'
export type { PlanFacts, PlannedWork, PlanPreview, RunEvent, RunObserver, RunProgress, Stage, Warning } from './run-event.js'
export {
  summaryJsonSchema,
  type ChainReportSummary,
  type ParameterSummary,
  type RestartReport,
  type ShardSummary,
  type Summary,
} from './pipeline/summary-schema.js'
export { MAX_AUTO_SHARDS, shardCount, type ShardCountRequest } from './planning/shard-count.js'
export { usableWorkers, type CoreSources } from './planning/usable-workers.js'
export {
  checkOptions,
  KINDS,
  KNOWN_NAMES,
  PluginRegistry,
  type BuiltinPlugin,
  type DefinitionOf,
  type Found,
  type Kind,
  type KnownName,
  type Listing,
  type OptionListing,
} from './plugins/index.js'
export { bundleJob, loadJob, type BundledJob, type BundleRequest } from './bundle/index.js'
export { executeTask, runTaskFromBundle } from './job/index.js'
export {
  createRunDirectory,
  layout,
  listAcceptedTasks,
  listRuns,
  openDraws,
  openRunDirectory,
  openStats,
  readAcceptedResult,
  readDraws,
  readStats,
  writeShards,
  type ChainRows,
  type RowsSource,
  type RunDirectory,
  type RunRecord,
} from './run-directory/index.js'
export { selectBackend, type BackendCandidate, type BackendChoice } from './select-backend.js'
export * from './settings/index.js'
export * as tokens from './tokens.js'
export { VERSION } from './version.js'
export { runLogs, type LogLine, type LogRequest } from './pipeline/run-logs.js'
export { recordedResult } from './pipeline/recorded-result.js'
export { runStatus, type RunState, type RunStatus } from './pipeline/run-status.js'
export { driverOf } from './pipeline/watch-driver.js'
export { waitForRun, type WaitOptions, type Watched } from './pipeline/wait-for-run.js'
export type { OptimizationOutcome } from './pipeline/optimize.js'
export type { OptimizationSummary } from './pipeline/optimization-schema.js'
export { optimizationSchema, settingsSchema, summarySchema } from './published-schemas.js'
