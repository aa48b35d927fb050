import { ChoraleError } from '@chorale/core'
import { open as openResults, type DrawSelection, type MissingPart, type RunResults } from '@chorale/core/results'

/** What is read of an Arrow table of @chorale/report; the table itself is one of apache-arrow. */
export interface ArrowTable {
  readonly numRows: number
  readonly schema: { readonly fields: readonly { readonly name: string }[] }
  /** A column; null where there is none of that name. */
  getChild(name: string): { get(row: number): unknown; toArray(): unknown } | null
}

export interface ExportRequest {
  readonly format: 'netcdf' | 'cmdstan' | 'parquet' | 'arrow' | 'json'
  /** File to write, for cmdstan a folder. Default: named after the run, in the current folder. */
  readonly out?: string
  /** The draws of this shard's sub-posterior instead of the posterior. */
  readonly shard?: number
  /** What is done when the export is there already. Default `refuse`. */
  readonly existing?: 'refuse' | 'replace'
}

export interface ExportResult {
  readonly format: string
  /** Absolute. */
  readonly path: string
  readonly chains: number
  readonly draws: number
  /** Files of their own for log likelihood and simulated data of rows, in a format of tables. */
  readonly predictions?: readonly string[]
  /** What of the run could not be exported. */
  readonly missing: readonly MissingPart[]
}

/** The results of a run, with ways out of this program. These need @chorale/report, and reject with `CHORALE_REPORT_NOT_INSTALLED` without it. */
export type OpenedRun<Name extends string = string> = RunResults<Name> & {
  /** The draws as an Arrow table, in memory: `chain`, `draw`, a column for each scalar, and the sampler's statistics. */
  toArrow(selection?: Pick<DrawSelection, 'shard'>): Promise<ArrowTable>
  /** Writes the draws for other programs; they are read and written a piece at a time. */
  export(request: ExportRequest): Promise<ExportResult>
}

/**
 * Opens the results of a run by its folder, finished or not: `const posterior = await open('runs/20261122-223020-d112')`. Loads no code of the run.
 *
 * Rejects with a `ChoraleError`: `CHORALE_RUN_NOT_FOUND`; `CHORALE_RUN_FORMAT` or `CHORALE_RUN_DAMAGED` where neither plan nor summary can be read. What else
 * cannot be read is named in `missing`.
 *
 * With the names of the model's parameters and deterministic sites, `open<'mu' | 'beta'>(path)`, the compiler refuses others.
 */
export async function open<Name extends string = string>(path: string): Promise<OpenedRun<Name>> {
  const results = await openResults<Name>(path)
  return Object.assign(results, {
    toArrow: async (selection?: Pick<DrawSelection, 'shard'>) => (await reportPackage()).toArrow(results, selection),
    export: async (request: ExportRequest) => (await reportPackage()).exportRun(results, request),
  })
}

const reportPackage = () =>
  import('@chorale/report').catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'@chorale/report'")) throw cause
    throw new ChoraleError('CHORALE_REPORT_NOT_INSTALLED', 'Reports and exports are made by @chorale/report, which is not installed', {
      fix: 'npm install @chorale/report',
      cause,
    })
  })
