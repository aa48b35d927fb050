/** What became of every attempt of every task, for display: records are read leniently, and what one does not say is left out. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { intentFile, jobRecordFile, type JobRecord } from '../batch/job-files.js'
import { CHAIN_REPORT_FILE, type ChainReport } from '../contracts/sampler.js'
import { layout, listAcceptedTasks, type EndedRecord, type StartedRecord } from '../run-directory/index.js'

/** One execution of a task. Times are milliseconds since 1970 by the clock of the machine that wrote them. */
export interface AttemptHistory {
  readonly task: string
  readonly attempt: number
  /** Whether its result is the one that counts. */
  readonly counts: boolean
  /** `begun`: it has not said how it ended; it may be dead. */
  readonly status: EndedRecord['status'] | 'begun'
  /** When its job was submitted; left out where there was no queue. */
  readonly queuedAt?: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly host?: string
  /** Of a chain that says so. */
  readonly warmupSeconds?: number
  readonly samplingSeconds?: number
  /** How it failed, or why it was stopped. */
  readonly reason?: string
}

/** Folders that are read at a time. */
const TOGETHER = 32

/** Attempts in order of task and number, at most so many: those of chains first. `more`: how many there are beyond. */
export async function readAttempts(
  run: string,
  limit: number,
): Promise<{ readonly attempts: readonly AttemptHistory[]; readonly more: number }> {
  const accepted = new Map(
    await Promise.all((await listAcceptedTasks(run)).map(async task => [task, await acceptedAttempt(run, task)] as const)),
  )
  const tasks = (await readdir(layout.tasksDirectory(run)).catch(() => [])).sort(
    (a, b) => Number(b.startsWith('sample')) - Number(a.startsWith('sample')) || (a < b ? -1 : 1),
  )
  const found: { readonly task: string; readonly attempt: number }[] = []
  for (const task of tasks) {
    const names = await readdir(layout.taskDirectory(run, task)).catch(() => [])
    const numbers = names.filter(name => /^\d{3,}$/.test(name)).map(Number)
    for (const attempt of numbers.sort((a, b) => a - b)) found.push({ task, attempt })
  }
  const attempts: AttemptHistory[] = []
  for (let from = 0; from < Math.min(limit, found.length); from += TOGETHER) {
    const some = found.slice(from, Math.min(limit, from + TOGETHER))
    attempts.push(...(await Promise.all(some.map(({ task, attempt }) => readAttempt(run, task, attempt, accepted.get(task) === attempt)))))
  }
  return { attempts, more: Math.max(0, found.length - limit) }
}

async function acceptedAttempt(run: string, task: string): Promise<number | undefined> {
  return (await readLeniently<{ attempt: number }>(layout.acceptedRecord(run, task)))?.attempt
}

async function readAttempt(run: string, task: string, attempt: number, counts: boolean): Promise<AttemptHistory> {
  const folder = layout.attemptDirectory(run, task, attempt)
  const [started, ended, job, report] = await Promise.all([
    readLeniently<StartedRecord>(layout.startedRecord(folder)),
    readLeniently<EndedRecord>(layout.endedRecord(folder)),
    readLeniently<JobRecord>(jobRecordFile(folder)),
    readLeniently<ChainReport>(join(folder, CHAIN_REPORT_FILE)),
  ])
  const intent = isNumber(job?.submission) ? await readLeniently<{ at: number }>(intentFile(run, job.submission)) : undefined
  const status = ended?.status !== undefined && ENDS.includes(ended.status) ? ended.status : 'begun'
  return {
    task,
    attempt,
    counts,
    status,
    ...number('queuedAt', intent?.at),
    ...number('startedAt', started?.at),
    ...number('endedAt', ended?.at),
    ...(typeof started?.host === 'string' ? { host: started.host } : {}),
    ...number('warmupSeconds', report?.warmup?.seconds),
    ...number('samplingSeconds', report?.sampling?.seconds),
    ...reasonOf(ended),
  }
}

const ENDS: readonly string[] = ['completed', 'failed', 'stopped'] satisfies readonly EndedRecord['status'][]

function reasonOf(ended: Partial<EndedRecord> | undefined): { readonly reason?: string } {
  if (ended?.status === 'failed' && ended.failure) return { reason: `${ended.failure.code}: ${ended.failure.message}` }
  return ended?.status === 'stopped' ? { reason: `stopped: ${ended.reason}` } : {}
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

const number = <K extends string>(key: K, value: unknown): { readonly [key in K]?: number } =>
  (isNumber(value) ? { [key]: value } : {}) as { readonly [key in K]?: number }

/** undefined for a file that is not there, not whole or not JSON. */
async function readLeniently<T>(path: string): Promise<Partial<T> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    return typeof value === 'object' && value !== null ? (value as Partial<T>) : undefined
  } catch {
    return undefined
  }
}
