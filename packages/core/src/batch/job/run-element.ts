import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskFailure } from '../../contracts/task.js'
import { JOB_EXIT } from '../job-files.js'
import { Deadline } from './deadline.js'
import { deletedBefore, deletionFailure } from './deleted-before.js'
import { recordFailedAttempt } from './failed-attempt.js'
import { isCompleted, readOrder, readTask, slowestCheckpoint, unwanted } from './order.js'
import type { StopReason } from './messages.js'
import { superviseTask, type SupervisedTask, type Supervision, type TaskEnding } from './supervised-task.js'

/** How often a job looks whether it is still wanted, and shows that it lives. */
const LOOK_MS = 2_000
/** Of the margin before the walltime, for a checkpoint. */
const PATIENT_SHARE = 0.75
/** After a signal: schedulers kill some seconds after it. */
const SIGNAL_PATIENCE_MS = 4_000

export interface ElementRequest {
  readonly run: string
  readonly submission: number
  readonly index: number
  /** Seconds since 1970 of the script's first line. */
  readonly started: number
  /** The scheduler's id. */
  readonly job: string
  readonly entry: URL
}

/**
 * Runs the tasks of one job, or of one element of an array: those that nobody has completed yet, until they end, or are asked to checkpoint because the walltime
 * is near, the scheduler sent a signal, or a client cancelled them.
 * @returns the exit code of the job
 */
export async function runElement(request: ElementRequest): Promise<number> {
  const { run, submission, index, started, entry, job } = request
  const order = await readOrder(run, submission)
  const ids = order.elements[index - order.first] ?? []
  const refused = await unwanted(run, submission, order, ids)
  const open: string[] = []
  for (const id of ids) if (!refused.has(id) && !(await isCompleted(run, id))) open.push(id)
  if (open.length === 0) return refused.size > 0 ? JOB_EXIT.superseded : JOB_EXIT.completed
  const self = { submission, index, name: order.name, job, host: hostname(), pid: process.pid, deadline: null }
  const failAll = async (ids: readonly string[], failureOf: (id: string) => TaskFailure): Promise<void> => {
    for (const id of ids) await recordFailedAttempt(run, id, failureOf(id), self)
  }
  const deleted = new Set(await deletedBefore(run, order, index, open))
  await failAll([...deleted], deletionFailure)
  if (deleted.size > 0) {
    console.log(`chorale: the job before this one was deleted: ${[...deleted].join(', ')} ${deleted.size === 1 ? 'ends' : 'end'} with it`)
    open.splice(0, open.length, ...open.filter(id => !deleted.has(id)))
    if (open.length === 0) return JOB_EXIT.failed
  }
  const { environment } = order
  if (environment && !sameEnvironment(environment)) {
    await failAll(open, () => otherEnvironment(environment))
    return JOB_EXIT.environment
  }

  const slowest = new Map(await Promise.all(open.map(async id => [id, await slowestCheckpoint(run, id)] as const)))
  const deadline = new Deadline({ started, walltimeSeconds: order.walltimeSeconds, marginSeconds: order.marginSeconds })
  for (const milliseconds of slowest.values()) deadline.heardCheckpoint(milliseconds)
  const record = { ...self, deadline: deadline.at }
  const running = new Map<string, SupervisedTask>()
  const endings: TaskEnding[] = []
  const over = new AbortController()
  let stopping: StopReason | undefined
  let unstarted = 0
  const stopAll = (reason: StopReason, why: string): void => {
    if (stopping === undefined) console.log(`chorale: checkpoint and end: ${why}`)
    stopping ??= reason
    for (const task of running.values()) {
      task.stop(stopping)
      // The job that goes on reads how slow its checkpoints were.
      void task.beat()
    }
    // What does not stop is ended before the scheduler does it, which would tell less.
    const patience = reason === 'walltime' ? PATIENT_SHARE * deadline.margin : SIGNAL_PATIENCE_MS
    setTimeout(() => {
      for (const task of running.values()) task.giveUp()
    }, patience)
  }
  for (const signal of ['SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const)
    process.on(signal, () => stopAll('stop', `the scheduler sent ${signal}`))
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  let alarm: NodeJS.Timeout | undefined
  const setAlarm = (): void => {
    clearTimeout(alarm)
    const { at } = deadline
    if (at === null || stopping !== undefined) return
    alarm = setTimeout(() => stopAll('walltime', 'the walltime is near'), Math.max(0, Math.min(at - Date.now(), 2 ** 31 - 1)))
  }
  setAlarm()
  const heard: Supervision['heard'] = what => {
    if ('started' in what) deadline.heardStart(Date.now())
    else deadline.heardCheckpoint(what.slowestCheckpoint)
    setAlarm()
  }

  const end = (task: SupervisedTask | undefined): void => {
    task?.stop('cancelled')
    setTimeout(() => task?.giveUp(), SIGNAL_PATIENCE_MS)
  }
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined)
      const gone = await unwanted(run, submission, order, [...running.keys()])
      if (gone.size > 0) console.log(`chorale: a client has cancelled ${[...gone].join(', ')}`)
      for (const id of gone) end(running.get(id))
      for (const task of running.values()) await task.beat()
    }
  }
  const runNext = async (): Promise<void> => {
    for (let id = open.shift(); id !== undefined; id = open.shift()) {
      if (stopping !== undefined) {
        unstarted++
        continue
      }
      const supervision = { run, task: await readTask(run, id), entry, job: record, limits: order.limits, heard }
      const task = superviseTask({ ...supervision, slowestCheckpoint: slowest.get(id)! })
      running.set(id, task)
      if (stopping !== undefined) task.stop(stopping)
      endings.push(await task.ended)
      running.delete(id)
    }
  }
  const watching = watch()
  await Promise.all(Array.from({ length: Math.max(1, order.atOnce) }, runNext))
  over.abort()
  clearTimeout(alarm)
  await watching
  if (endings.includes('failed')) return JOB_EXIT.failed
  return endings.includes('stopped') || unstarted > 0 ? JOB_EXIT.checkpointed : JOB_EXIT.completed
}

const sameEnvironment = ({ v8, arch }: { readonly v8: string; readonly arch: string }): boolean =>
  v8 === process.versions.v8 && arch === process.arch

function otherEnvironment(planned: { readonly v8: string; readonly arch: string }): TaskFailure {
  const message =
    `the run was planned with V8 ${planned.v8} on ${planned.arch}; the job ran Node ${process.versions.node} with V8 ${process.versions.v8} ` +
    `on ${process.arch} at ${process.execPath} of ${hostname()}, where its draws would not be bit-identical: set backend.node to the same Node, or reproducible: statistical`
  return { cause: 'environment', code: 'CHORALE_ENVIRONMENT_DIFFERS', message, retryable: false }
}
