/** The records of submissions: what was to be submitted, what the scheduler answered, and what is not wanted any more. Each is written once. */
import { readdir } from 'node:fs/promises'
import type { z } from 'zod'
import { readRecord } from '../../run-directory/records.js'
import { toJsonText, writeOnce } from '../../run-directory/atomic-file.js'
import { systemErrorCode } from '../../run-directory/write-error.js'
import { onFirstUse } from '../../zod.js'
import type { ClientFacts } from '../client/client-job.js'
import { answerFile, intentFile, revokedFile, submissionsFolder, type JobOrder } from '../job-files.js'

/** Why and after what a task is submitted: enough for any later client to go on counting. */
export interface TaskHistory {
  /** Attempts of the task that failed before this submission. */
  readonly failures: number
  /** Stops without progress in a row before it. */
  readonly idleStops: number
}

/** Written before the scheduler is asked. */
export interface Intent extends JobOrder {
  /** The driver's epoch. */
  readonly epoch: number
  readonly scheduler: string
  readonly array: boolean
  readonly memoryBytes: number | null
  readonly cpus: number
  /** Number of the submission whose jobs these go on from while no client is there. */
  readonly continues: number | null
  /** Of a job that runs no tasks. */
  readonly client?: ClientFacts | undefined
  readonly history: Readonly<Record<string, TaskHistory>>
  readonly command: readonly string[]
  /** For display. */
  readonly at: number
}

/** What became of it. `found`: the scheduler's answer was lost, and the job was found by its name or by what it wrote. */
export type Answer =
  | { readonly format: 1; readonly kind: 'accepted'; readonly job: string; readonly found: boolean; readonly words: string }
  | { readonly format: 1; readonly kind: 'refused'; readonly transient: boolean; readonly words: string; readonly fix?: string | undefined }

/** Its jobs are not wanted any more; one that starts nevertheless ends at once. */
export interface Revocation {
  readonly format: 1
  readonly reason: 'lost' | 'stop' | 'cancel' | 'superseded'
  readonly words: string
}

/** One submission as the run directory has it. */
export interface Submission {
  readonly number: number
  readonly intent: Intent
  readonly answer?: Answer
  readonly revoked?: Revocation
}

const intentSchema = onFirstUse((z): z.ZodType<Intent> =>
  z.object({
    format: z.literal(1),
    name: z.string().regex(/^[a-z][a-z2-7]{12}$/),
    elements: z.array(z.array(z.string())),
    first: z.int().nonnegative(),
    walltimeSeconds: z.number().nullable(),
    marginSeconds: z.number(),
    atOnce: z.int().positive(),
    limits: z.object({ taskSeconds: z.number().nullable(), heartbeatSeconds: z.number(), memoryBytes: z.number().nullable() }),
    environment: z.object({ v8: z.string(), arch: z.string() }).nullable(),
    oldCancel: z.string().nullable(),
    epoch: z.int().nonnegative(),
    scheduler: z.string(),
    array: z.boolean(),
    memoryBytes: z.number().nullable(),
    cpus: z.int().positive(),
    continues: z.int().positive().nullable(),
    client: z.object({ role: z.enum(['driver', 'combine']), generation: z.int().positive() }).optional(),
    deletion: z.object({ command: z.array(z.string()).min(1), yes: z.string() }).optional(),
    history: z.record(z.string(), z.object({ failures: z.int().nonnegative(), idleStops: z.int().nonnegative() })),
    command: z.array(z.string()),
    at: z.number(),
  }),
)

const answerSchema = onFirstUse((z): z.ZodType<Answer> =>
  z.discriminatedUnion('kind', [
    z.object({ format: z.literal(1), kind: z.literal('accepted'), job: z.string(), found: z.boolean(), words: z.string() }),
    z.object({ format: z.literal(1), kind: z.literal('refused'), transient: z.boolean(), words: z.string(), fix: z.string().optional() }),
  ]),
)

const revocationSchema = onFirstUse((z): z.ZodType<Revocation> =>
  z.object({ format: z.literal(1), reason: z.enum(['lost', 'stop', 'cancel', 'superseded']), words: z.string() }),
)

/** All submissions of a run by one listing, in their order; `known` ones that can change no more are not read again. */
export async function readSubmissions(run: string, known: ReadonlyMap<number, Submission> = new Map()): Promise<readonly Submission[]> {
  const names = await readdir(submissionsFolder(run)).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  })
  const listed = new Set(names)
  const numbers = names.flatMap(name => /^(\d{4,})\.intent\.json$/.exec(name)?.[1] ?? []).map(Number)
  const found: Submission[] = []
  for (const number of numbers.sort((a, b) => a - b)) {
    const before = known.get(number)
    const has = (kind: string): boolean => listed.has(`${String(number).padStart(4, '0')}.${kind}.json`)
    const intent = before?.intent ?? (await readRecord(intentFile(run, number), intentSchema))
    if (!intent) continue
    const answer = before?.answer ?? (has('answer') ? await readRecord(answerFile(run, number), answerSchema) : undefined)
    const revoked = before?.revoked ?? (has('revoked') ? await readRecord(revokedFile(run, number), revocationSchema) : undefined)
    found.push({ number, intent, ...(answer ? { answer } : {}), ...(revoked ? { revoked } : {}) })
  }
  return found
}

export const writeIntent = (run: string, number: number, intent: Intent): Promise<'written' | 'exists'> =>
  writeOnce(intentFile(run, number), toJsonText(intent))

export const writeAnswer = (run: string, number: number, answer: Answer): Promise<'written' | 'exists'> =>
  writeOnce(answerFile(run, number), toJsonText(answer))

export const writeRevocation = (run: string, number: number, revocation: Revocation): Promise<'written' | 'exists'> =>
  writeOnce(revokedFile(run, number), toJsonText(revocation))
