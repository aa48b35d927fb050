/** Attempts that have ended, as the driver sees them. */
import { readdir } from 'node:fs/promises'
import type { z } from 'zod'
import { isChoraleError } from '../contracts/error.js'
import type { TaskFailure, TaskResult, TaskStopped } from '../contracts/task.js'
import { PLAIN_ENDED } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import type { EndedRecord } from './attempt.js'
import { checkRecordedFile, damagedResult } from './file-record.js'
import { attemptDirectory, doneDirectory, endedRecord } from './layout.js'
import { fileRecordSchema, isDigest, readRecord, taskFailureSchema } from './records.js'
import { systemErrorCode } from './write-error.js'
import { onFirstUse } from '../zod.js'

const base = onFirstUse(z => ({
  format: z.literal(1),
  task: z.string(),
  attempt: z.int().positive(),
  at: z.number(),
  seconds: z.number(),
  node: z.string(),
  usage: z.object({ seconds: z.number(), cpuSeconds: z.number(), peakMemoryBytes: z.number() }).optional(),
}))

export const endedRecordSchema = onFirstUse((z): z.ZodType<EndedRecord> =>
  z.discriminatedUnion('status', [
    z.object({ ...base(), status: z.literal('completed'), files: z.array(fileRecordSchema()) }),
    z.object({ ...base(), status: z.literal('failed'), failure: taskFailureSchema() }),
    z.object({
      ...base(),
      status: z.literal('stopped'),
      iteration: z.int().nonnegative(),
      reason: z.enum(['walltime', 'stop', 'cancelled']),
    }),
  ]),
)

/** The plain keywords of the schema, and what they cannot say. */
function isPlainEnding(value: unknown): boolean {
  if (!isPlainlyValid(PLAIN_ENDED, value)) return false
  const record = value as EndedRecord
  return record.status !== 'completed' || record.files.every(({ digest }) => isDigest(digest))
}

/** A marker in `done/`. */
export interface EndedMarker {
  readonly task: string
  readonly attempt: number
}

export type EndedAttempt =
  | { readonly status: 'completed'; readonly result: TaskResult }
  | { readonly status: 'failed'; readonly failure: TaskFailure }
  | { readonly status: 'stopped'; readonly stopped: TaskStopped }

/** Every ended attempt of every task, by one listing of `done/`; in order of task and attempt. `known`: names of markers that are passed over. */
export async function listEndedAttempts(run: string, known: ReadonlySet<string> = new Set()): Promise<readonly EndedMarker[]> {
  const names = await readdir(doneDirectory(run)).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  })
  return names
    .filter(name => !known.has(name))
    .flatMap(name => {
      const [, task, attempt] = /^([a-z0-9-]+)\.(\d{3,})$/.exec(name) ?? []
      return task === undefined ? [] : [{ task, attempt: Number(attempt) }]
    })
    .sort((a, b) => (a.task === b.task ? a.attempt - b.attempt : a.task < b.task ? -1 : 1))
}

/**
 * How an attempt ended, after checking its record and, of a completed one, every file's size and digest.
 * @throws ChoraleError `CHORALE_RESULT_DAMAGED`; on a network file system a fresh marker may show before its record, so ask again for a while
 */
export async function readEndedAttempt(run: string, { task, attempt }: EndedMarker): Promise<EndedAttempt> {
  const directory = attemptDirectory(run, task, attempt)
  const record = await readEndedRecord(endedRecord(directory), task, attempt)
  if (record.status === 'failed') return { status: 'failed', failure: record.failure }
  if (record.status === 'stopped') {
    return { status: 'stopped', stopped: { task, attempt, iteration: record.iteration, reason: record.reason } }
  }
  for (const file of record.files) await checkRecordedFile(directory, file)
  const { files, seconds, node } = record
  return { status: 'completed', result: { format: 1, task, attempt, files, seconds, node } }
}

/** What an attempt's own record says, its files unread: for display. Throws like `readEndedAttempt`. */
export const readEnding = (run: string, { task, attempt }: EndedMarker): Promise<EndedRecord> =>
  readEndedRecord(endedRecord(attemptDirectory(run, task, attempt)), task, attempt)

async function readEndedRecord(path: string, task: string, attempt: number): Promise<EndedRecord> {
  let record: EndedRecord | undefined
  try {
    record = await readRecord(path, endedRecordSchema, isPlainEnding)
  } catch (error) {
    if (isChoraleError(error) && error.code === 'CHORALE_RUN_DAMAGED') throw damagedResult(path, 'is not a valid record', error)
    throw error
  }
  if (!record) throw damagedResult(path, 'is missing though the attempt is marked as ended')
  if (record.task !== task || record.attempt !== attempt) throw damagedResult(path, `is about attempt ${record.attempt} of ${record.task}`)
  return record
}
