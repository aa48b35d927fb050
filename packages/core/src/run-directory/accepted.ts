/** The attempt of a task that counts: pinned by the driver, once, and the only one that anybody reads draws from. */
import { readdir } from 'node:fs/promises'
import type { z } from 'zod'
import { ChoraleError } from '../contracts/error.js'
import type { TaskResult } from '../contracts/task.js'
import { PLAIN_RESULT } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { toJsonText, writeOnce } from './atomic-file.js'
import { acceptedDirectory, acceptedRecord, attemptDirectory } from './layout.js'
import { fileRecordSchema, isDigest, readRecord } from './records.js'
import { DENSITY_FILE, POINTWISE_FILE } from './layout.js'
import { DRAWS_FILE } from '../contracts/sampler.js'
import { onFirstUse } from '../zod.js'

/** Files that are functions of the task, the data and the code alone; a checkpoint also says where it continued from. */
const REPRODUCIBLE_FILES: readonly string[] = [DRAWS_FILE, DENSITY_FILE, POINTWISE_FILE]

export const taskResultSchema = onFirstUse((z): z.ZodType<TaskResult> =>
  z.object({
    format: z.literal(1),
    task: z.string(),
    attempt: z.int().positive(),
    files: z.array(fileRecordSchema()),
    seconds: z.number(),
    node: z.string(),
  }),
)

/** The plain keywords of the schema, and what they cannot say. */
const isPlainResult = (value: unknown): boolean =>
  isPlainlyValid(PLAIN_RESULT, value) && (value as TaskResult).files.every(({ digest }) => isDigest(digest))

/**
 * Pins a completed attempt that has been checked. The first one stays; a later one must have the same draws, bit by bit.
 * @returns the pinned result, which may be an earlier attempt's
 * @throws ChoraleError `CHORALE_NOT_REPRODUCIBLE`
 */
export async function acceptResult(run: string, result: TaskResult): Promise<TaskResult> {
  const path = acceptedRecord(run, result.task)
  if ((await writeOnce(path, toJsonText(result))) === 'written') return result
  const pinned = (await readAcceptedResult(run, result.task))!
  const differing = REPRODUCIBLE_FILES.find(name => digestOf(pinned, name) !== digestOf(result, name))
  if (differing === undefined) return pinned
  throw new ChoraleError(
    'CHORALE_NOT_REPRODUCIBLE',
    `Attempts ${pinned.attempt} and ${result.attempt} of task ${result.task} have the same key and other contents of ${differing}.`,
    {
      lookedIn: attemptDirectory(run, result.task, result.attempt),
      fix: 'look for what differs between the two (processor, Node version, a model that reads a clock or Math.random); started.json of each names its host and versions',
    },
  )
}

const digestOf = (result: TaskResult, name: string): string | undefined => result.files.find(file => file.path === name)?.digest

/** The pinned result of a task; undefined until one is accepted. */
export const readAcceptedResult = (run: string, task: string): Promise<TaskResult | undefined> =>
  readRecord(acceptedRecord(run, task), taskResultSchema, isPlainResult)

/** Ids of the tasks that have a pinned result, sorted. */
export async function listAcceptedTasks(run: string): Promise<readonly string[]> {
  const names = await readdir(acceptedDirectory(run)).catch(() => [])
  return names.flatMap(name => /^([a-z0-9-]+)\.json$/.exec(name)?.[1] ?? []).sort()
}
