/** One execution of a task: its folder, its records, and the marker that says it has ended. Runs inside jobs, so it has no imports but Node's. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { FileRecord, TaskFailure, TaskStopped } from '../contracts/task.js'
import { fileModeIn, makeDirectory, mkdirLikeParent, syncDirectory, toJsonText, writeOnce } from './atomic-file.js'
import { attemptDirectory, doneDirectory, doneMarker, endedRecord, startedRecord, taskDirectory } from './layout.js'
import { systemErrorCode, writing } from './write-error.js'

export interface ClaimedAttempt {
  readonly attempt: number
  readonly directory: string
}

/** Who executes an attempt. `at`: the writer's clock, for display. */
export interface StartedRecord {
  readonly format: 1
  readonly task: string
  readonly attempt: number
  readonly host: string
  readonly bootId: string
  readonly pid: number
  readonly nonce: string
  readonly node: string
  readonly v8: string
  readonly arch: string
  readonly at: number
}

/** Of the whole process, since it began: a batch job's, or that of all threads. */
export interface ProcessUsage {
  readonly seconds: number
  /** Of all its cores. */
  readonly cpuSeconds: number
  readonly peakMemoryBytes: number
}

/** Of this process until now. */
export function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage()
  return { seconds: process.uptime(), cpuSeconds: (user + system) / 1e6, peakMemoryBytes: 1024 * process.resourceUsage().maxRSS }
}

interface EndedBase {
  readonly format: 1
  readonly task: string
  readonly attempt: number
  readonly at: number
  readonly seconds: number
  /** Host name. */
  readonly node: string
  /** What the process of the attempt had used when it ended. */
  readonly usage?: ProcessUsage | undefined
}

/** How an attempt ended. Paths are relative to the attempt's folder. */
export type EndedRecord =
  | (EndedBase & { readonly status: 'completed'; readonly files: readonly FileRecord[] })
  | (EndedBase & { readonly status: 'failed'; readonly failure: TaskFailure })
  | (EndedBase & { readonly status: 'stopped'; readonly iteration: number; readonly reason: TaskStopped['reason'] })

/** Identifies one start of the machine; empty where the system does not say. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/**
 * Takes the first free attempt number from `from` on, by making its folder: whoever makes it owns it. A batch job cannot know how often the server
 * ran it before, so gaps and late starters are legal.
 */
export async function claimAttempt(run: string, task: string, from: number): Promise<ClaimedAttempt> {
  await makeDirectory(taskDirectory(run, task))
  for (let attempt = Math.max(1, from); ; attempt++) {
    const directory = attemptDirectory(run, task, attempt)
    try {
      await writing(directory, () => mkdirLikeParent(directory))
      return { attempt, directory }
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error
    }
  }
}

/** For display: what a crash leaves of it does not matter. */
export async function writeStarted(task: string, { attempt, directory }: ClaimedAttempt): Promise<void> {
  const record: StartedRecord = {
    format: 1,
    task,
    attempt,
    host: hostname(),
    bootId: bootId(),
    pid: process.pid,
    nonce: randomBytes(16).toString('hex'),
    node: process.versions.node,
    v8: process.versions.v8,
    arch: process.arch,
    at: Date.now(),
  }
  await writeOnce(startedRecord(directory), toJsonText(record), { sync: 'none' })
}

/** The record first, the marker last: a marker without a valid record is damage or a slow network file system, never a result. */
export async function writeEnded(run: string, directory: string, record: EndedRecord): Promise<void> {
  await writeOnce(endedRecord(directory), toJsonText({ ...record, usage: processUsage() }))
  await makeDirectory(doneDirectory(run))
  const marker = doneMarker(run, record.task, record.attempt)
  await writing(marker, async () => {
    const handle = await open(marker, 'a', await fileModeIn(dirname(marker)))
    await handle.close()
    await syncDirectory(dirname(marker))
  })
}
