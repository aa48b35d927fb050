// The options of the backends that come with the package, for `defineConfig`.
export type {} from '@chorale/backend-pjit'
export type {} from '@chorale/backend-workers'

export * from '@chorale/core'
export * from '@chorale/model'
export { builtins } from './builtins.js'
export { open, type ArrowTable, type ExportRequest, type ExportResult, type OpenedRun } from './open.js'
export { predictRun, type PredictOptions, type RecordedPredictions } from '@chorale/core/results'
export { run, type FinishedRun, type RunOptions } from './run.js'
