import { join } from 'node:path'
import { replaceFile, toJsonText } from '../../run-directory/atomic-file.js'
import { readRecord } from '../../run-directory/records.js'
import { onFirstUse } from '../../zod.js'
import { runCost, type RunCost } from './cost.js'
import { submissionsFolder } from '../job-files.js'
import { jobUsages } from './job-usage.js'
import { readSubmissions } from '../submission/submission-records.js'

/** How a run ended: with its result, or before it has one. */
export type RunEnd = 'result' | 'early'

/** `submissions/cost.json`: written by whoever sees the run end. */
export interface CostRecord extends RunCost {
  readonly format: 1
  readonly scheduler: string
  /** Absent from records of older versions: of a run with a result. */
  readonly end?: RunEnd | undefined
}

const costRecordSchema = onFirstUse(z =>
  z.object({
    format: z.literal(1),
    scheduler: z.string(),
    kinds: z.array(
      z.object({
        kind: z.string(),
        jobs: z.int().positive(),
        coreHours: z.object({ held: z.number(), used: z.number() }),
        memory: z.object({ asked: z.number().nullable(), largest: z.number() }),
        walltime: z.object({ asked: z.number().nullable(), longest: z.number() }),
      }),
    ),
    suggestions: z.array(z.string()),
    end: z.enum(['result', 'early']).optional(),
  }),
)

const costFile = (run: string): string => join(submissionsFolder(run), 'cost.json')

/** undefined where the run had no batch jobs, or has not ended yet. Nothing depends on it: a record that cannot be read is not shown. */
export const readCost = (run: string): Promise<CostRecord | undefined> => readRecord(costFile(run), costRecordSchema).catch(() => undefined)

/** Adds up what the jobs of a run have used until it ended, and records it. undefined where it had none. Never rejects. */
export async function recordCost(run: string, end: RunEnd = 'result'): Promise<CostRecord | undefined> {
  try {
    const submissions = await readSubmissions(run)
    if (submissions.length === 0) return undefined
    const { jobs, tasks } = await jobUsages(run, submissions)
    if (jobs.length === 0) return undefined
    const record: CostRecord = { format: 1, scheduler: submissions[0]!.intent.scheduler, end, ...runCost(jobs, tasks, end) }
    await replaceFile(costFile(run), toJsonText(record), { sync: 'none' })
    return record
  } catch {
    return undefined
  }
}
