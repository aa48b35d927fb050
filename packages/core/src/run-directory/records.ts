/** Records: JSON with `format: 1`, checked by a schema whenever it is read. */
import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { ONCE } from '../check-once.js'
import { ChoraleError } from '../contracts/error.js'
import type { FileRecord, TaskFailure } from '../contracts/task.js'
import { systemErrorCode } from './write-error.js'
import { onFirstUse, zod } from '../zod.js'

/** The format that this version writes. */
export const FORMAT = 1

const damaged = (path: string, what: string, cause: unknown): ChoraleError =>
  new ChoraleError('CHORALE_RUN_DAMAGED', `${path} ${what}.`, {
    lookedIn: path,
    fix: 'restore the file from a backup, or start a new run',
    cause,
  })

/**
 * Reads and checks one record; undefined when there is no such file. `isPlain`: whether a value is certainly valid as it is, told without the library of
 * schemas, which takes longer to load than to look at a run takes.
 * @throws ChoraleError `CHORALE_RUN_FORMAT` for a record of a newer version, `CHORALE_RUN_DAMAGED` for one that is not valid
 */
export async function readRecord<T>(
  path: string,
  schema: () => z.ZodType<T>,
  isPlain: (value: unknown) => boolean = () => false,
): Promise<T | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
  return parseRecord(path, text, schema, isPlain)
}

function parseRecord<T>(path: string, text: string, schema: () => z.ZodType<T>, isPlain: (value: unknown) => boolean): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw damaged(path, 'is not JSON', error)
  }
  const format = typeof value === 'object' && value !== null ? (value as { format?: unknown }).format : undefined
  if (typeof format === 'number' && format > FORMAT) {
    throw new ChoraleError(
      'CHORALE_RUN_FORMAT',
      `${path} has format ${format}, written by a newer Chorale; this version knows format ${FORMAT}.`,
      {
        lookedIn: path,
        fix: 'update Chorale: npm install chorale@latest',
      },
    )
  }
  if (isPlain(value)) return value as T
  const checked = schema().safeParse(value, ONCE)
  if (!checked.success) throw damaged(path, `is not a valid record: ${zod().prettifyError(checked.error)}`, checked.error)
  return checked.data
}

const FAILURE_CAUSES = [
  'model',
  'start',
  'divergent',
  'memory',
  'timeout',
  'walltime',
  'lost',
  'cancelled',
  'result',
  'backend',
  'environment',
  'node',
  'limit',
  'hook',
  'neverRuns',
  'superseded',
  'notReproducible',
] as const satisfies readonly TaskFailure['cause'][]

export const taskFailureSchema = onFirstUse((z): z.ZodType<TaskFailure> =>
  z.object({
    cause: z.enum(FAILURE_CAUSES),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
  }),
)

const DIGEST = /^[0-9a-f]{64}$/

export const isDigest = (text: string): boolean => DIGEST.test(text)

export const digestSchema = onFirstUse(z => z.string().regex(DIGEST))

export const fileRecordSchema = onFirstUse((z): z.ZodType<FileRecord> =>
  z.object({
    path: z.string(),
    bytes: z.int().nonnegative(),
    digest: digestSchema(),
  }),
)
