/** The folder of one run: made once, its `run.json` written once, opened by any number of readers. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ONCE } from '../check-once.js'
import { ChoraleError } from '../contracts/error.js'
import { makeDirectory, syncDirectory, toJsonText, writeOnce } from './atomic-file.js'
import { acceptedDirectory, doneDirectory, driversDirectory, runRecord, submissionsDirectory, tasksDirectory } from './layout.js'
import { PLAIN_RUN } from '../plain-schemas.js'
import { isPlainlyValid } from '../plain-schema.js'
import { isJson } from '../settings/plain-data.js'
import { readRecord } from './records.js'
import { isPlainRun, runRecordSchema, type RunRecord } from './run-record.js'
import { systemErrorCode, writing } from './write-error.js'

/** `private`: mode 0700. `group`: mode 0750, for people who look at each other's runs. */
export type RunAccess = 'private' | 'group'

const MODES: Readonly<Record<RunAccess, number>> = { private: 0o700, group: 0o750 }
const RUN_ID = /^\d{8}-\d{6}-[0-9a-z]{4}$/
const SUFFIX_CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyz'

export const isRunId = (name: string): boolean => RUN_ID.test(name)

/** `YYYYMMDD-HHMMSS-xxxx`, UTC. `suffix` makes runs of one second differ. */
export function runId(wall: number, suffix: string): string {
  const [date, time] = new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, '').split('T')
  return `${date}-${time}-${suffix}`
}

const randomSuffix = (): string => Array.from(randomBytes(4), byte => SUFFIX_CHARACTERS[byte % 36]).join('')

export interface CreateRunOptions {
  /** Milliseconds since 1970: the run's id shows it. */
  readonly wall: number
  /** Default `private`. */
  readonly access?: RunAccess
  /** Where the id's last four characters come from; default random. */
  readonly suffix?: () => string
}

/**
 * Makes the folder of a new run below `root`, with the folders inside; `run.json` comes later, when the plan is made.
 * @returns the run's id and absolute path
 * @throws ChoraleError `CHORALE_DISK_FULL`, `CHORALE_DIRECTORY_READ_ONLY`
 */
export async function createRunDirectory(root: string, options: CreateRunOptions): Promise<{ readonly id: string; readonly path: string }> {
  const { wall, access = 'private', suffix = randomSuffix } = options
  await makeRoot(root)
  for (;;) {
    const id = runId(wall, suffix())
    const path = resolve(root, id)
    try {
      await writing(path, () => mkdir(path, { mode: MODES[access] }))
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') continue
      throw error
    }
    await chmod(path, MODES[access] | ((await stat(path)).mode & 0o2000))
    await syncDirectory(root)
    const inside = [driversDirectory, submissionsDirectory, tasksDirectory, doneDirectory, acceptedDirectory]
    await Promise.all(inside.map(directory => makeDirectory(directory(path), { sync: 'none' })))
    await syncDirectory(path)
    return { id, path }
  }
}

async function makeRoot(root: string): Promise<void> {
  try {
    await writing(root, () => mkdir(root, { recursive: true }))
  } catch (error) {
    const code = systemErrorCode(error)
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error
    throw new ChoraleError(
      'CHORALE_FILE_SYSTEM',
      `${root} cannot hold runs: it, or what should be a folder above it, is a file (${code}).`,
      {
        lookedIn: root,
        fix: 'choose another folder with the setting output.directory',
        cause: error,
      },
    )
  }
}

/** Writes `run.json`, once. A second plan for the same run is refused. */
export async function writeRunRecord(run: string, record: RunRecord): Promise<void> {
  const plain = isPlainlyValid(PLAIN_RUN, record) && isJson(record.settings) && isJson(record.plan.summary)
  const checked = plain ? record : runRecordSchema().parse(record, ONCE)
  if ((await writeOnce(runRecord(run), toJsonText(checked))) === 'exists') {
    throw new ChoraleError('CHORALE_RUN_EXISTS', `${runRecord(run)} exists: a run is planned once.`, {
      lookedIn: run,
      fix: `chorale run --resume ${basename(run)}`,
    })
  }
}

/** A run as a reader sees it. */
export interface RunDirectory {
  /** Absolute. */
  readonly path: string
  readonly record: RunRecord
}

/**
 * Opens an existing run.
 * @throws ChoraleError `CHORALE_RUN_NOT_FOUND`, `CHORALE_RUN_FORMAT` (written by a newer version), `CHORALE_RUN_DAMAGED`
 */
export async function openRunDirectory(path: string): Promise<RunDirectory> {
  const run = resolve(path)
  const record = await readRecord(runRecord(run), runRecordSchema, isPlainRun).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOTDIR') return undefined
    throw error
  })
  if (record) return { path: run, record }
  const others = await listRuns(dirname(run))
  throw new ChoraleError('CHORALE_RUN_NOT_FOUND', `There is no run in ${run}.`, {
    lookedIn: join(run, 'run.json'),
    available: others.slice(0, 10),
    fix: 'give the id or the folder of a run, or set output.directory to the folder that holds your runs',
  })
}

/** Ids of the runs below `root`, newest first. */
export async function listRuns(root: string): Promise<readonly string[]> {
  const names = await readdir(root).catch(() => [])
  return names.filter(isRunId).sort().reverse()
}
