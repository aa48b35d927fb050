import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'

import {
  isKnownDead,
  isRunCancelled,
  layout,
  listAcceptedTasks,
  listCancelledTasks,
  listEndedAttempts,
  openRunDirectory,
  readBeat,
  readDriver,
  readDriverFailure,
  readEnding,
  readRecord,
  RELEASED,
  type DriverFailure,
  type EndedMarker,
  type RunRecord,
} from '../run-directory/index.js'
import { clientJobs, type ClientJobStatus } from '../client-jobs/client-order.js'
import { readCost, type CostRecord } from '../batch/cost/cost-record.js'
import { readQueueRecord, type QueueRecord } from '../batch/watching/queue-record.js'
import { submittedJobs, type SubmittedJob } from '../batch/submission/submitted-jobs.js'
import { progressOf, type StartedTask } from './run-progress.js'
import { modeFile } from '../optimize/mode-file.js'
import { modeVerdict } from '../optimize/mode-verdict.js'
import { optimizationSchema } from '../optimize/optimization-schema.js'
import { readSummary } from '../summary/read-summary.js'

/**
 * `running`: somebody drives it, as far as can be seen from here. `finished`: it has a result. Of those that nobody drives and that have none: `cancelled` by request;
 * `failed`: who drove it last ended with an error, and no task goes on by itself; `detached`: tasks may go on by themselves; `interrupted`: they do not.
 */
export type RunState = 'finished' | 'running' | 'detached' | 'failed' | 'cancelled' | 'interrupted'

/** How far a run is, read from its records alone: no model, plugin or settings code is loaded. */
export interface RunStatus {
  readonly run: string
  readonly path: string
  readonly state: RunState
  readonly backend: string
  readonly chains: {
    /** With a result that counts. */
    readonly finished: number
    readonly planned: number
    /** Attempts that have failed. */
    readonly failed: number
    /** Chains whose last attempt has ended, well or not, counted or not. */
    readonly ended: number
    /** Chains of which an attempt has begun and said nothing of its end; it may be dead. */
    readonly started: number
  }
  /** Tasks whose end was asked for, one by one. */
  readonly cancelledTasks: readonly string[]
  readonly driver?: { readonly pid: number; readonly host: string }
  /** The error with which the last driver ended, where nobody drives the run. */
  readonly failure?: Pick<DriverFailure, 'code' | 'message' | 'at'>
  /** How much of all chains is sampled, from 0 to 1, by the last word of those that go on; undefined where none says anything. */
  readonly progress?: number
  /** What the scheduler took of an unfinished run, by the records of its submissions. */
  readonly submitted: readonly SubmittedJob[]
  /** What the driver has heard of its batch jobs last. */
  readonly jobs?: QueueRecord
  /** Jobs that drive or combine the run, as far as their records say. */
  readonly clientJobs: readonly ClientJobStatus[]
  readonly verdict?: string
  /** What its batch jobs have used, once it has a result, has failed or was cancelled. */
  readonly cost?: CostRecord
  /** How the model computes its likelihood, as the plan recorded it; empty for a hand-written model. */
  readonly kernels: RunRecord['kernels']
}

export async function runStatus(path: string): Promise<RunStatus> {
  const { path: run, record } = await openRunDirectory(path)
  const accepted = (await listAcceptedTasks(run)).filter(isFirstSample)
  const ended = (await listEndedAttempts(run)).filter(({ task }) => isFirstSample(task))
  const last = new Map(ended.map(marker => [marker.task, marker.attempt]))
  const summary = await readSummary(layout.summaryFile(run))
  const mode = await readRecord(modeFile(run), optimizationSchema)
  const driver = await readDriver(run)
  const driven = driver !== undefined && !isKnownDead(driver) && (await readBeat(run, driver.epoch)) !== RELEASED
  const started = summary || mode ? [] : await startedTasks(run, last)
  const endedChains = new Set([...accepted, ...last.keys()]).size - started.filter(({ task }) => last.has(task)).length
  const planned = record.plan.shards.length * record.plan.chains
  const failure = driven || summary || mode ? undefined : await readDriverFailure(run)
  const submitted = record.plan.detachable === true && !summary && !mode ? await submittedJobs(run) : { jobs: [], rejected: false }
  const goesOn = record.plan.detachable === true && endedChains < planned && !submitted.rejected && !ENDS.includes(failure?.code ?? '')
  const progress = await progressOf(run, started, accepted.length, planned)
  const state = driven ? 'running' : summary || mode ? 'finished' : undrivenState(run, record, failure !== undefined && !goesOn)
  const cost = ['finished', 'failed', 'cancelled'].includes(state) ? await readCost(run) : undefined
  const jobs = driven ? await readQueueRecord(run) : undefined
  return {
    run: basename(run),
    path: run,
    state,
    backend: record.plan.backend,
    chains: {
      finished: accepted.length,
      planned,
      failed: await countFailed(run, ended),
      ended: endedChains,
      started: started.length,
    },
    cancelledTasks: [...(await listCancelledTasks(run))].sort(),
    clientJobs: record.plan.detachable ? await clientJobs(run) : [],
    ...(driven ? { driver: { pid: driver.pid, host: driver.host } } : {}),
    submitted: submitted.jobs,
    ...(progress === undefined ? {} : { progress }),
    ...(failure ? { failure: { code: failure.code, message: failure.message, at: failure.at } } : {}),
    ...(jobs ? { jobs } : {}),
    ...(cost ? { cost } : {}),
    ...(summary ? { verdict: summary.verification.verdict } : mode ? { verdict: modeVerdict(mode) } : {}),
    kernels: record.kernels,
  }
}

function undrivenState(run: string, { plan }: RunRecord, hasFailed: boolean): RunState {
  if (isRunCancelled(run)) return 'cancelled'
  if (hasFailed) return 'failed'
  return plan.detachable ? 'detached' : 'interrupted'
}

/** Errors that a driver ends with when all tasks have ended, whatever is recorded of each. */
const ENDS: readonly string[] = ['CHORALE_NO_USABLE_SHARD', 'CHORALE_SUCCESS_RATE', 'CHORALE_RUN_HOPELESS']

/** Chains of the plan with an attempt that is younger than the last one that has ended, and that attempt. */
async function startedTasks(run: string, last: ReadonlyMap<string, number>): Promise<readonly StartedTask[]> {
  const tasks = (await readdir(layout.tasksDirectory(run)).catch(() => [])).filter(isFirstSample)
  const accepted = new Set(await listAcceptedTasks(run))
  const started = await Promise.all(
    tasks.map(async task => {
      if (accepted.has(task)) return []
      const attempts = (await readdir(layout.taskDirectory(run, task)).catch(() => [])).filter(name => /^\d{3,}$/.test(name)).map(Number)
      const attempt = Math.max(0, ...attempts)
      return attempt > (last.get(task) ?? 0) ? [{ task, attempt }] : []
    }),
  )
  return started.flat()
}

/** By the records alone; one that cannot be read is not counted. */
async function countFailed(run: string, ended: readonly EndedMarker[]): Promise<number> {
  const endings = await Promise.all(ended.map(marker => readEnding(run, marker).catch(() => undefined)))
  return endings.filter(ending => ending?.status === 'failed').length
}

/** Chains of the plan itself; restarts come on top. */
const isFirstSample = (task: string): boolean => /^sample-\d+-\d+$/.test(task)
