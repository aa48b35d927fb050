/** What client jobs say of themselves, in files `submissions/NNNN.report-K.json`: each is written once, so that a job which the server runs again does not contradict itself. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { toJsonText, writeOnce } from '../../run-directory/atomic-file.js'
import { readRecord } from '../../run-directory/records.js'
import { onFirstUse } from '../../zod.js'
import { submissionsFolder } from '../job-files.js'

/**
 * `began`; or how it ended: `finished`: the run has its result. `left`: nothing was to be done, or no more could be done in its time. `unfinished`: tasks have no result that
 * it would need. `failed`: an error.
 */
export type ClientStatus = 'began' | 'finished' | 'left' | 'unfinished' | 'failed'

export interface ClientReport {
  readonly format: 1
  readonly status: ClientStatus
  /** For people. */
  readonly words: string
  /** The scheduler's id of the job. */
  readonly job: string
  readonly host: string
  readonly pid: number
  /** The writer's clock. */
  readonly at: number
}

const reportSchema = onFirstUse((z): z.ZodType<ClientReport> =>
  z.object({
    format: z.literal(1),
    status: z.enum(['began', 'finished', 'left', 'unfinished', 'failed']),
    words: z.string(),
    job: z.string(),
    host: z.string(),
    pid: z.int(),
    at: z.number(),
  }),
)

const reportFile = (run: string, submission: number, report: number): string =>
  join(submissionsFolder(run), `${String(submission).padStart(4, '0')}.report-${report}.json`)

export async function writeClientReport(run: string, submission: number, report: Omit<ClientReport, 'format'>): Promise<void> {
  const text = toJsonText({ format: 1, ...report })
  for (let number = 1; ; number++) if ((await writeOnce(reportFile(run, submission, number), text)) === 'written') return
}

/** Of one client job, oldest first; what cannot be read is left out. */
export async function readClientReports(run: string, submission: number): Promise<readonly ClientReport[]> {
  const prefix = `${String(submission).padStart(4, '0')}.report-`
  const names = (await readdir(submissionsFolder(run)).catch(() => [])).filter(name => name.startsWith(prefix))
  const numbers = names.flatMap(name => /\.report-(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number)
  const reports: ClientReport[] = []
  for (const number of numbers.sort((a, b) => a - b)) {
    const report = await readRecord(reportFile(run, submission, number), reportSchema).catch(() => undefined)
    if (report) reports.push(report)
  }
  return reports
}
