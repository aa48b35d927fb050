import { join } from 'node:path'

import { writePieces, writeWhole } from '../atomic-output.js'
import type { MissingPart } from '../readable-run.js'
import type { ReportedHistory, ReportedRun } from './reported-run.js'

export interface ReportRequest {
  /** File to write. Default: `report.html` in the run's folder. */
  readonly out?: string
}

export interface ReportResult {
  /** Absolute or as asked for. */
  readonly path: string
  readonly bytes: number
  /** What of the run could not be shown. */
  readonly missing: readonly MissingPart[]
}

/**
 * Writes a report of a run, finished or not: one HTML file that needs no other. A report that is there already is replaced.
 *
 * Rejects with `CHORALE_DISK_FULL`, `CHORALE_DIRECTORY_READ_ONLY` or `CHORALE_EXPORT_FOLDER` where it cannot be written. What cannot be read of the run is named in it.
 */
export async function reportRun(run: ReportedRun, history: ReportedHistory, { out }: ReportRequest = {}): Promise<ReportResult> {
  const path = out ?? join(run.path, 'report.html')
  // What draws figures takes half a second to load, and exports need none of it.
  const { reportPage } = await import('./report-page.js')
  const { page, missing } = await reportPage(run, history)
  await writeWhole(path, 'file', { existing: 'replace' }, async temporary => {
    await writePieces(
      temporary,
      (async function* () {
        yield page
      })(),
    )
  })
  return { path, bytes: Buffer.byteLength(page), missing }
}
