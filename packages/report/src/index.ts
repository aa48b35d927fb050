export { toArrow } from './arrow.js'
export type { OutputOptions } from './atomic-output.js'
export { exportRun, FORMATS, type ExportRequest, type ExportResult } from './export-run.js'
export type { ExportSelection } from './export-source.js'
export { reportRun, type ReportRequest, type ReportResult } from './html/report-run.js'
export type {
  ReportedAttempt,
  ReportedGate,
  ReportedHistory,
  ReportedRecord,
  ReportedRun,
  ReportedShard,
  ReportedSummary,
} from './html/reported-run.js'
export type { DrawnChain, DrawRows, DrawSet, MissingPart, ReadableRun, RowsSource, ShardColumns, Site, SummaryRow } from './readable-run.js'
