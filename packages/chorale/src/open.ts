import { open as openResults, type DrawSelection, type RunResults } from '@chorale/core/results'
import type { ExportRequest, ExportResult, toArrow } from '@chorale/report'

/** The results of a run, with ways out of this program. */
export type OpenedRun = RunResults & {
  /** The draws as an Arrow table, in memory: `chain`, `draw`, a column for each scalar, and the sampler's statistics. */
  toArrow(selection?: Pick<DrawSelection, 'shard'>): ReturnType<typeof toArrow>
  /** Writes the draws for other programs; they are read and written a piece at a time. */
  export(request: ExportRequest): Promise<ExportResult>
}

/**
 * Opens the results of a run by its folder, finished or not: `const posterior = await open('runs/20261122-223020-d112')`. Loads no code of the run.
 *
 * Rejects with a `ChoraleError`: `CHORALE_RUN_NOT_FOUND`; `CHORALE_RUN_FORMAT` or `CHORALE_RUN_DAMAGED` where neither plan nor summary can be read. What else
 * cannot be read is named in `missing`.
 */
export async function open(path: string): Promise<OpenedRun> {
  const results = await openResults(path)
  return Object.assign(results, {
    toArrow: async (selection?: Pick<DrawSelection, 'shard'>) => (await import('@chorale/report')).toArrow(results, selection),
    export: async (request: ExportRequest) => (await import('@chorale/report')).exportRun(results, request),
  })
}
