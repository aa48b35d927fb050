export * from './contracts/index.js'
export { systemClock, type Clock } from './clock.js'
export { doctor, type DoctorRequest } from './doctor/index.js'
export { createRuntime, type Runtime, type RuntimeOptions } from './composition.js'
export { Disposal } from './disposal.js'
export { formatError } from './errors/format.js'
export { ERROR_CODES, errorsMarkdown, exitCodeOf } from './errors/codes.js'
export { WARNINGS as WARNING_CODES } from './errors/code-table.js'
export { readHistory, type AttemptHistory, type CombinationRecord, type RunHistory } from './history/index.js'
export { systemExec, type Exec, type ExecOptions, type ExecResult } from './exec.js'
export { liveBackend } from './lifecycle/index.js'
export { hostOf } from './host.js'
export type { RunResult } from './pipeline/finish.js'
export type { InspectedData, ModelInspection } from './planning/inspect-model.js'
export type { CombinerChoice } from './planning/choose-combiner.js'
export type { ComparedCombiner, ComparisonOutcome } from './pipeline/compare-combiners.js'
export type { RunOutcome } from './pipeline/carry-out-run.js'
export type { CancelOptions, CancelRequested } from './pipeline/cancel-run.js'
export { CLIENT_COMMAND, MOST_DRIVER_JOBS, type ClientJob, type ClientRole } from './batch/client/client-job.js'
export { writeClientReport, type ClientReport, type ClientStatus } from './batch/client/client-report.js'
export { revokeLaterDrivers } from './batch/client/later-drivers.js'
export type { AbsenceOptions, OwnDriverJob } from './client-jobs/client-jobs.js'
export { readClientOrder, type ClientJobOrder, type ClientJobStatus } from './client-jobs/client-order.js'
export type { DetachedRun } from './pipeline/detach.js'
export type { Halted, HaltReason } from './pipeline/halt.js'
export type { ReopenOptions } from './pipeline/reopen.js'
export type { RunPart, Timings } from './stopwatch.js'
export type { PlanFacts, PlannedWork, PlanPreview, RunEvent, RunObserver, RunProgress, Stage, Warning } from './run-event.js'
export {
  summaryJsonSchema,
  type ChainReportSummary,
  type GateSummary,
  type ParameterSummary,
  type RestartReport,
  type ShardSummary,
  type Summary,
} from './summary/summary-schema.js'
export { MAX_AUTO_SHARDS, shardCount, type ShardCountRequest } from './planning/shards/shard-count.js'
export { elementNames } from './model/parameter-names.js'
export { usableWorkers, type CoreSources } from './machine/usable-workers.js'
export {
  checkOptions,
  KINDS,
  KNOWN_NAMES,
  PluginRegistry,
  resolvePlugin,
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
export { placesOf } from './results/sites.js'
export { selectBackend, type BackendCandidate, type BackendChoice } from './select-backend.js'
export * from './settings/index.js'
export * as tokens from './tokens.js'
export { VERSION } from './version.js'
export type { LogLine } from './watching/log-line.js'
export { runLogs, type LogRequest } from './watching/run-logs.js'
export { recordedResult } from './pipeline/recorded-result.js'
export { runStatus, type RunState, type RunStatus } from './watching/run-status.js'
export type { QueueRecord } from './batch/watching/queue-record.js'
export type { KindCost, RunCost } from './batch/cost/cost.js'
export { readCost, type CostRecord } from './batch/cost/cost-record.js'
export { reasonsText, type QueueState, type WaitingReason } from './batch/watching/queue-state.js'
export { driverOf } from './watching/watch-driver.js'
export { waitForRun, type WaitOptions, type Watched } from './watching/wait-for-run.js'
export type { OptimizationOutcome } from './optimize/optimize.js'
export type { OptimizationSummary } from './optimize/optimization-schema.js'
export { optimizationSchema, settingsSchema, summarySchema } from './published-schemas.js'
