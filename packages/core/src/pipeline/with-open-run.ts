import type { Clock } from '../clock.js'
import { isDetachable, type Host } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import { openRun } from '../execution/open-run.js'
import { takenOver } from '../execution/require-driving.js'
import type { RunLogFile } from '../log/run-log.js'
import type { PlannedRun } from '../planning/plan.js'
import {
  acquireDriverLease,
  isRunCancelled,
  layout,
  listAcceptedTasks,
  requestCancel,
  withdrawCancel,
  writeDriverFailure,
} from '../run-directory/index.js'
import type { Found } from '../plugins/index.js'
import type { RunObserver } from '../run-event.js'
import type { Settings } from '../settings/schema.js'
import type { Stopwatch } from '../stopwatch.js'
import { openTasks } from './cancel-run.js'
import { haltReason, haltSignal, isHalt, type Halted } from './halt.js'
import { withProgress } from '../watching/sampling-progress.js'
import { writeChangedSettings } from './settings-change.js'

/** How a run is opened. */
export interface Opening {
  readonly settings: Settings
  /** Whoever drives the run after this process goes on with these too. */
  readonly settingsChanged?: boolean
  readonly takeOver: boolean
  /** What is made of requests to cancel the run that are there already. Default: they stay, and are not listened to. */
  readonly cancelled?: 'withdrawn' | 'kept'
  readonly stopwatch: Stopwatch
}

export interface OpeningServices {
  readonly clock: Clock
  readonly log: RunLogFile
  readonly host: Host
  readonly observe: RunObserver
  /** A backend of this machine; undefined where none is installed. */
  readonly localBackend: () => Promise<Found<'backend'> | undefined>
}

/** Does something with a run that this process drives, and closes it. */
export async function withOpenRun<T>(
  { path, record, model, sampler, backend }: PlannedRun,
  { settings, settingsChanged = false, takeOver, cancelled = 'kept', stopwatch }: Opening,
  { clock, log, host, observe, localBackend }: OpeningServices,
  signal: AbortSignal,
  use: (run: ActiveRun) => Promise<T>,
): Promise<T | Halted> {
  const lease = await acquireDriverLease(path, { clock, takeOver: takeOver ? 'force' : 'whenGone', signal })
  log.open(layout.runLog(path))
  if (settingsChanged) await writeChangedSettings(path, lease.epoch, settings)
  if (cancelled === 'withdrawn') await withdrawCancel(path)
  using halt = haltSignal({ path, lease, clock, signal, seconds: settings.timeout.run, listensToCancel: !isRunCancelled(path) })
  let run: ActiveRun | undefined
  try {
    const { shards, chains } = record.plan
    const finishedBefore = await listAcceptedTasks(path)
    using progress = withProgress(observe, { shards: shards.length, chains, finishedBefore }, clock)
    const stillDriving = (): Promise<boolean> => lease.stillDriving()
    const parts = { path, record, settings, model, sampler, stopwatch, backend: backend.backend, signal: halt.signal, stillDriving }
    run = await openRun({ ...parts, host, log, localBackend, observe: progress.observe })
    return await use(run)
  } catch (error) {
    if (!isHalt(error, halt.signal)) {
      if (!halt.hasLostLease()) {
        await writeDriverFailure(path, lease.epoch, error, clock.wall())
        if (record.plan.detachable) await recordEarlyCost(path)
      }
      throw error
    }
    if (halt.hasLostLease()) throw takenOver(path)
    // Whoever cancels ends the tasks too, and their ends may be heard of first.
    const how = !halt.signal.aborted && halt.isCancelled() ? 'cancel' : haltReason(halt.signal)
    const alive = run && how === 'cancel' ? await cancelAll(run) : []
    if (how === 'cancel' && record.plan.detachable) await recordEarlyCost(path)
    return { status: 'stopped', path, how, alive }
  } finally {
    try {
      await run?.close()
    } finally {
      await lease.release()
    }
  }
}

/** What the jobs of a run have used that ends here without a result. */
async function recordEarlyCost(path: string): Promise<void> {
  const { recordCost } = await import('../batch/cost/cost-record.js')
  await recordCost(path, 'early')
}

/** Tasks that outlive this process are asked for their end, and looked after. */
async function cancelAll({ path, backend, context }: ActiveRun): Promise<readonly string[]> {
  await requestCancel(path, 'all')
  if (!isDetachable(backend)) return []
  return backend.cancel(await openTasks(path), { ...context, signal: new AbortController().signal })
}
