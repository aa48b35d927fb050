import { hostname } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { TaskEvent } from '../../contracts/event.js'
import type { Task, TaskFailure } from '../../contracts/task.js'
import { failureOfExit } from '../../job/thread-exit.js'
import { replaceFile, toJsonText, writeOnce } from '../../run-directory/atomic-file.js'
import { claimAttempt, processUsage, writeEnded, writeStarted } from '../../run-directory/attempt.js'
import { attemptDirectory } from '../../run-directory/layout.js'
import { Heartbeat } from '../../lifecycle/heartbeat.js'
import { beatFile, jobRecordFile, type JobBeat, type JobLimits, type JobRecord } from '../job-files.js'
import { exceededLimit } from './exceeded-limit.js'
import { BEATS, SIGNS, SLOWEST_CHECKPOINT, STOP, STOP_REASONS, type StopReason, type ThreadReport } from './messages.js'

const WATCH_MS = 100

/** How a task of a job ended; its record says the rest. */
export type TaskEnding = 'completed' | 'stopped' | 'failed'

export interface SupervisedTask {
  readonly ended: Promise<TaskEnding>
  /** Asks it to checkpoint and end. The first reason stays. */
  stop(reason: StopReason): void
  /** Ends it without a checkpoint, as it has not stopped in time: another attempt goes on from the last one. */
  giveUp(): void
  /** Writes the sign of life that clients read. */
  beat(): Promise<void>
}

export interface Supervision {
  readonly run: string
  readonly task: Task
  /** The file of the running job, which is also the thread's. */
  readonly entry: URL
  readonly limits: JobLimits
  /** What `job.json` of its attempt says. */
  readonly job: Omit<JobRecord, 'format' | 'at'>
  /** The slowest checkpoint of earlier attempts, milliseconds; 0 without one. */
  readonly slowestCheckpoint: number
  /** It has begun, or has written a checkpoint. */
  heard(what: { readonly started: true } | { readonly slowestCheckpoint: number }): void
}

/** Runs one task in a thread. A thread that ends without a record of its end gets one here: nothing of a task is left open that could be closed. */
export function superviseTask({ run, task, entry, job, limits, slowestCheckpoint, heard }: Supervision): SupervisedTask {
  const signs = new Int32Array(new SharedArrayBuffer(SIGNS * Int32Array.BYTES_PER_ELEMENT))
  Atomics.store(signs, SLOWEST_CHECKPOINT, slowestCheckpoint)
  const began = performance.now()
  let attempt: number | undefined
  let progress: Omit<JobBeat, 'beats' | 'slowestCheckpoint' | 'usage'> = { done: 0, total: 0, divergences: 0, iteration: 0 }
  let lastBeat = ''

  function hear(event: TaskEvent): void {
    if (event.type === 'started') {
      attempt = event.attempt
      heard({ started: true })
      const record: JobRecord = { format: 1, ...job, at: Date.now() }
      void writeOnce(jobRecordFile(attemptDirectory(run, task.id, attempt)), toJsonText(record), { sync: 'none' }).catch(() => undefined)
    }
    if (event.type === 'progress') progress = { ...progress, done: event.done, total: event.total, divergences: event.divergences }
    if (event.type === 'checkpoint') {
      progress = { ...progress, iteration: event.iteration }
      heard({ slowestCheckpoint: Atomics.load(signs, SLOWEST_CHECKPOINT) })
    }
    if (event.type === 'log') console.log(`${task.id}: ${event.line}`)
  }

  /** Where no attempt could be claimed by the task itself, or its thread died in the middle of one. */
  async function recordFailure(failure: TaskFailure): Promise<void> {
    if (attempt === undefined) {
      const claimed = await claimAttempt(run, task.id, 1)
      attempt = claimed.attempt
      await writeStarted(task.id, claimed)
    }
    const seconds = (performance.now() - began) / 1000
    const base = { format: 1, task: task.id, attempt, at: Date.now(), seconds, node: hostname() } as const
    await writeEnded(run, attemptDirectory(run, task.id, attempt), { ...base, status: 'failed', failure })
  }

  async function recordStop(): Promise<void> {
    if (attempt === undefined) return
    const reason = STOP_REASONS[Atomics.load(signs, STOP)] ?? 'stop'
    const seconds = (performance.now() - began) / 1000
    const base = { format: 1, task: task.id, attempt, at: Date.now(), seconds, node: hostname() } as const
    await writeEnded(run, attemptDirectory(run, task.id, attempt), { ...base, status: 'stopped', iteration: progress.iteration, reason })
  }

  let giveUp = (): void => undefined
  const ended = new Promise<TaskEnding>(resolve => {
    const thread = new Worker(entry, { name: 'chorale-task', execArgv: [], workerData: { runDirectory: run, task, signs } })
    let error: unknown
    let over = false
    const end = (ending: TaskEnding): void => {
      over = true
      clearInterval(watch)
      resolve(ending)
      void thread.terminate()
    }
    // A disk may be full: then the end of the job is all that a client sees, and the tasks beside this one go on.
    const recorded = (record: Promise<void>, ending: TaskEnding): void =>
      void record
        .catch((cause: unknown) => console.log(`${task.id}: its end could not be recorded: ${String(cause)}`))
        .then(() => end(ending))
    giveUp = () => {
      if (over) return
      over = true
      console.log(`${task.id} did not stop in time; another attempt goes on from its last checkpoint`)
      void thread.terminate().then(() => recorded(recordStop(), 'stopped'))
    }
    const heartbeat = new Heartbeat(performance.now(), WATCH_MS)
    const watch = setInterval(() => {
      const failure = exceededLimit(task.id, limits, {
        elapsed: performance.now() - began,
        silent: heartbeat.look(performance.now(), { beats: () => Atomics.load(signs, BEATS) }),
        silenceLimit: heartbeat.limit(1000 * limits.heartbeatSeconds),
        residentBytes: process.memoryUsage.rss(),
      })
      if (!failure || over) return
      over = true
      console.log(failure.message)
      // The thread must not write its own record next to this one.
      void thread.terminate().then(() => recorded(recordFailure(failure), 'failed'))
    }, WATCH_MS)
    thread.on('message', (report: ThreadReport) => {
      if (over) return
      if (report.type === 'event') {
        heartbeat.heard(performance.now(), report.event.type === 'progress')
        return hear(report.event)
      }
      if (report.type !== 'failed') return end(report.type)
      over = true
      console.log(`${task.id} failed: ${report.failure.message}`)
      // An attempt that was claimed has its record from the task itself.
      recorded(attempt === undefined ? recordFailure(report.failure) : Promise.resolve(), 'failed')
    })
    thread.on('error', cause => (error = cause))
    thread.on('exit', code => {
      if (over) return
      over = true
      const failure = failureOfExit(task.id, { code, error, asked: false })
      console.log(failure.message)
      recorded(recordFailure(failure), 'failed')
    })
  })

  return {
    ended,
    stop: reason => void Atomics.compareExchange(signs, STOP, 0, STOP_REASONS.indexOf(reason)),
    giveUp: () => giveUp(),
    async beat() {
      if (attempt === undefined) return
      const beat: JobBeat = { beats: Atomics.load(signs, BEATS), ...progress, slowestCheckpoint: Atomics.load(signs, SLOWEST_CHECKPOINT) }
      const text = JSON.stringify(beat)
      if (text === lastBeat) return
      lastBeat = text
      // A process always uses more: that alone is no sign of life.
      const whole = JSON.stringify({ ...beat, usage: processUsage() } satisfies JobBeat)
      await replaceFile(beatFile(attemptDirectory(run, task.id, attempt)), whole, { sync: 'none' }).catch(() => undefined)
    },
  }
}
