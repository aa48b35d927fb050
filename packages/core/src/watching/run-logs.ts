import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { jobLog, jobRecordFile, type JobRecord } from '../batch/job-files.js'
import { systemClock, type Clock } from '../clock.js'
import { ChoraleError } from '../contracts/index.js'
import { GrowingFile } from '../log/growing-file.js'
import { logText, timeText } from '../log/log-text.js'
import { isRunCancelled, layout, openRunDirectory, readEnding, type EndedRecord, type StartedRecord } from '../run-directory/index.js'
import { ClientJobLog } from './client-job-log.js'
import type { LogLine } from './log-line.js'
import { driverWatch } from './watch-driver.js'

export interface LogRequest {
  /** Of one task: what each of its attempts left; or of a job that drives or combines the run (`driver-job-0007`). Default: the log of the run, which its drivers write. */
  readonly task?: string
  /** Also what comes, until the run or the task has ended. */
  readonly follow: boolean
  readonly signal: AbortSignal
  readonly clock?: Clock
}

const LOOK_MS = 500
/** What jobs write for people. */
const isLog = (name: string): boolean => /^(?:log\.ndjson|out|err|stdout|stderr|.+\.(?:log|out|err))$/.test(name)

/**
 * What a run or one of its tasks has logged; loads no code of the run.
 * @throws ChoraleError `CHORALE_TASK_UNKNOWN`
 */
export async function* runLogs(path: string, { task, follow, signal, clock = systemClock }: LogRequest): AsyncGenerator<LogLine> {
  const { path: run, record } = await openRunDirectory(path)
  const client = task === undefined ? undefined : await ClientJobLog.of(run, task)
  const source = client ?? (task === undefined ? new RunLog(run) : new TaskLog(run, await requireTask(run, task)))
  const watch = driverWatch(run, clock)
  const hasEnded = async (): Promise<boolean> => {
    if (client) return client.hasEnded
    if (task !== undefined && existsSync(layout.acceptedRecord(run, task))) return true
    if ((await watch.look()) !== undefined) return false
    return record.plan.detachable !== true || isRunCancelled(run) || existsSync(layout.summaryFile(run))
  }
  for (;;) {
    // Asked before the last look, so that what was written until then is not missed.
    const last = !follow || (await hasEnded())
    yield* source.news()
    if (last || signal.aborted) break
    await clock.sleep(LOOK_MS, signal)
  }
  yield* source.rest()
}

class RunLog {
  readonly #file: GrowingFile

  constructor(run: string) {
    this.#file = new GrowingFile(layout.runLog(run))
  }

  async *news(): AsyncGenerator<LogLine> {
    for await (const line of this.#file.lines()) yield { attempt: 0, file: 'log.ndjson', text: logText(line) }
  }

  *rest(): Generator<LogLine> {
    const text = this.#file.rest()
    if (text !== '') yield { attempt: 0, file: 'log.ndjson', text: logText(text) }
  }
}

/** Attempt after attempt: how it began, its files, how it ended. */
class TaskLog {
  readonly #run: string
  readonly #task: string
  readonly #begun = new Set<number>()
  readonly #ended = new Set<number>()
  readonly #files = new Map<string, { readonly attempt: number; readonly name: string; readonly file: GrowingFile }>()

  constructor(run: string, task: string) {
    this.#run = run
    this.#task = task
  }

  async *news(): AsyncGenerator<LogLine> {
    for (const attempt of await this.#attempts()) {
      const folder = layout.attemptDirectory(this.#run, this.#task, attempt)
      const ended = existsSync(layout.doneMarker(this.#run, this.#task, attempt))
      if (!this.#begun.has(attempt)) {
        const began = await readJson<StartedRecord>(layout.startedRecord(folder))
        if (began || ended) this.#begun.add(attempt)
        if (began) yield this.#said(attempt, beginning(began))
      }
      for (const path of await this.#logsOf(folder)) {
        const name = basename(path)
        if (!this.#files.has(path)) this.#files.set(path, { attempt, name, file: new GrowingFile(path) })
        for await (const line of this.#files.get(path)!.file.lines()) yield { attempt, file: name, text: logText(line) }
      }
      if (!ended || this.#ended.has(attempt)) continue
      this.#ended.add(attempt)
      const ending = await readEnding(this.#run, { task: this.#task, attempt }).catch(() => undefined)
      yield this.#said(attempt, ending ? describeEnding(ending) : 'ended; its record cannot be read')
    }
  }

  *rest(): Generator<LogLine> {
    for (const { attempt, name, file } of this.#files.values()) {
      if (file.rest() !== '') yield { attempt, file: name, text: logText(file.rest()) }
    }
  }

  async #attempts(): Promise<readonly number[]> {
    const names = await readdir(layout.taskDirectory(this.#run, this.#task)).catch(() => [])
    return names
      .filter(name => /^\d{3,}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b)
  }

  /** Of the attempt itself, and of the batch job that executed it. */
  async #logsOf(folder: string): Promise<readonly string[]> {
    const own = (await readdir(folder)).filter(isLog).sort()
    const job = await readJson<Partial<JobRecord>>(jobRecordFile(folder))
    const printed =
      job && /^[a-z0-9]+$/.test(job.name ?? '') && Number.isInteger(job.index) ? [jobLog(this.#run, job.name!, job.index!)] : []
    return [...own.map(name => join(folder, name)), ...printed]
  }

  #said(attempt: number, text: string): LogLine {
    return { attempt, file: '', text: logText(text) }
  }
}

/** For display: what cannot be read is left out. */
async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T
  } catch {
    return undefined
  }
}

const beginning = ({ host, pid, at, node }: StartedRecord): string => `began ${timeText(at)} on ${host}, process ${pid}, Node ${node}`

function describeEnding(ending: EndedRecord): string {
  const seconds = `after ${ending.seconds.toFixed(1)} s`
  if (ending.status === 'completed') return `completed ${seconds}`
  if (ending.status === 'stopped') return `stopped ${seconds} at iteration ${ending.iteration} (${ending.reason})`
  const { cause, code, message } = ending.failure
  return `failed ${seconds} (${cause}, ${code}): ${message}`
}

async function requireTask(run: string, task: string): Promise<string> {
  const known: readonly string[] = await readdir(layout.tasksDirectory(run)).catch(() => [])
  if (known.includes(task)) return task
  throw new ChoraleError('CHORALE_TASK_UNKNOWN', `This run has no task ${task}, or it has not been given out yet`, {
    lookedIn: layout.tasksDirectory(run),
    available: [...known].sort().slice(0, 10),
    fix: 'name a task by its id; without one the log of the run is shown',
  })
}
