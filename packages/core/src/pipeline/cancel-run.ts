import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'

import type { Clock } from '../clock.js'
import { ChoraleError, isDetachable, type BackendDefinition, type Host, type Log, type RunContext, type Task } from '../contracts/index.js'
import { runLimits } from '../execution/open-run.js'
import { runTaskFromBundle } from '../job/load-job.js'
import { optionsOf, type PluginRegistry } from '../plugins/index.js'
import {
  layout,
  listAcceptedTasks,
  listEndedAttempts,
  openRunDirectory,
  readEnding,
  readRecord,
  requestCancel,
  type RunDirectory,
} from '../run-directory/index.js'
import { sectionOptions } from '../settings/sections.js'
import { onFirstUse } from '../zod.js'
import { largestLoad } from './planned-work.js'
import { recordedBackend, recordedSettings } from './reopen.js'
import { withChangedSettings } from './settings-change.js'
import { driverWatch, type DriverWatch } from '../watching/watch-driver.js'

export interface CancelRequested {
  readonly path: string
  /** Ids of the tasks of which it was asked; `all` of the run. */
  readonly tasks: 'all' | readonly string[]
  /** Tasks that had no result. */
  readonly open: number
  /** Ids of the tasks that are still alive. */
  readonly alive: readonly string[]
  /** A process drives the run and has not let go. */
  readonly driven: boolean
}

export interface CancelServices {
  readonly registry: PluginRegistry
  readonly host: Host
  readonly log: Log
  readonly clock: Clock
}

export interface CancelOptions {
  /** Ids of tasks, or all. */
  readonly tasks: 'all' | readonly string[]
  readonly trustRun: boolean
}

/** How long a driver may take to hear of it and to end its tasks with a checkpoint. */
const DRIVER_MS = 10_000
const LOOK_MS = 200

/**
 * Asks for the end of a run, or of some of its tasks: writes it down for drivers and jobs, asks the backend where its tasks outlive their driver, and looks at what
 * is left. Any client may; again changes nothing. What is finished is kept, and `run --resume` goes on.
 * @throws ChoraleError `CHORALE_TASK_UNKNOWN`, `CHORALE_NOT_DETACHABLE`; the errors of `recordedBackend`, after the request was written down
 */
export async function cancelRun(path: string, { tasks, trustRun }: CancelOptions, services: CancelServices): Promise<CancelRequested> {
  const opened = await withChangedSettings(await openRunDirectory(path))
  const unfinished = await openTasks(opened.path)
  const watch = driverWatch(opened.path, services.clock)
  if (existsSync(layout.summaryFile(opened.path)) && (await watch.look()) === undefined) {
    return { path: opened.path, tasks, open: 0, alive: [], driven: false }
  }
  if (tasks !== 'all') {
    await requireTasks(opened, tasks)
    requireSingly(opened)
  }
  await requestCancel(opened.path, tasks)
  const asked = tasks === 'all' ? unfinished : unfinished.filter(({ id }) => tasks.includes(id))
  const alive = opened.record.plan.detachable ? await cancelByBackend(opened, asked, trustRun, services) : []
  const driven = tasks === 'all' && (await isStillDriven(watch, services.clock))
  if (tasks === 'all' && !driven && opened.record.plan.detachable) {
    const { recordCost } = await import('../batch/cost/cost-record.js')
    await recordCost(opened.path, 'early')
  }
  return { path: opened.path, tasks, open: asked.length, alive, driven }
}

async function cancelByBackend(
  opened: RunDirectory,
  tasks: readonly Task[],
  trustRun: boolean,
  { registry, host, log }: CancelServices,
): Promise<readonly string[]> {
  const { path, record } = opened
  const found = await recordedBackend(opened, { trustRun }, registry)
  const settings = recordedSettings({ record })
  const definition: BackendDefinition<unknown> = found.definition
  const backend = await definition.create(optionsOf(found, sectionOptions(settings, 'backend')), host)
  try {
    if (!isDetachable(backend)) return []
    const context: RunContext = {
      runDirectory: path,
      signal: new AbortController().signal,
      log,
      limits: runLimits(settings, backend, largestLoad(record.plan)),
      runTask: (task, hooks) => runTaskFromBundle(path, task, hooks),
    }
    return await backend.cancel(tasks, context)
  } finally {
    await backend.cleanup()
  }
}

/** Waits a while for a driver to let go. */
async function isStillDriven(watch: DriverWatch, clock: Clock): Promise<boolean> {
  for (const limit = clock.monotonic() + DRIVER_MS; clock.monotonic() < limit; await clock.sleep(LOOK_MS)) {
    if ((await watch.look()) === undefined) return false
  }
  return true
}

const taskSchema = onFirstUse(z =>
  z.looseObject({ format: z.literal(1), id: z.string(), kind: z.enum(['sample', 'evaluate', 'conditional']) }),
)

/** Tasks that were given out and have no result, accepted or not, by their own records. */
export async function openTasks(run: string): Promise<readonly Task[]> {
  const finished = new Set(await listAcceptedTasks(run))
  for (const marker of await listEndedAttempts(run)) {
    if (finished.has(marker.task)) continue
    const ending = await readEnding(run, marker).catch(() => undefined)
    if (ending?.status === 'completed') finished.add(marker.task)
  }
  const names = (await readdir(layout.tasksDirectory(run)).catch(() => [])).filter(name => !finished.has(name)).sort()
  const tasks: Task[] = []
  for (const name of names) {
    const task = await readRecord(layout.taskRecord(run, name), taskSchema)
    if (task) tasks.push(task as unknown as Task)
  }
  return tasks
}

/** A live driver ends all its tasks or none. */
function requireSingly({ path, record }: RunDirectory): void {
  if (record.plan.detachable) return
  throw new ChoraleError(
    'CHORALE_NOT_DETACHABLE',
    `Single tasks of the backend "${record.plan.backend}" cannot be cancelled: they live in the process that drives the run`,
    {
      lookedIn: path,
      fix: `chorale cancel ${path} ends the run with checkpoints`,
    },
  )
}

async function requireTasks({ path, record }: RunDirectory, tasks: readonly string[]): Promise<void> {
  const known = new Set(await readdir(layout.tasksDirectory(path)).catch(() => []))
  for (const { id } of record.plan.shards) {
    for (let chain = 0; chain < record.plan.chains; chain++) known.add(layout.sampleTaskId(id, chain, 0))
  }
  const unknown = tasks.filter(id => !known.has(id))
  if (unknown.length === 0) return
  throw new ChoraleError('CHORALE_TASK_UNKNOWN', `Run ${record.id} has no task ${unknown.join(', ')}`, {
    lookedIn: layout.tasksDirectory(path),
    available: [...known].sort().slice(0, 10),
    fix: 'name tasks by their id, as chorale logs and the folder tasks/ do; without tasks the whole run is meant',
  })
}
