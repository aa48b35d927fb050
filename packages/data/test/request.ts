import type { DataRequest } from '@chorale/core/contracts'

/** A request for columns, all rows, nothing missing; `folder` is where the test's files are. */
export const request = (columns: readonly string[], changes: Partial<DataRequest> = {}): DataRequest => ({
  columns,
  factors: [],
  every: 1,
  missing: 'error',
  folder: process.cwd(),
  signal: new AbortController().signal,
  ...changes,
})
