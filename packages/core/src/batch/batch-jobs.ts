import type { Diagnosis, RunContext } from '../contracts/backend.js'
import { ChoraleError } from '../contracts/error.js'
import type { TaskEvent } from '../contracts/event.js'
import type { BatchOptions } from '../contracts/batch-options.js'
import type { SchedulerAdapter } from '../contracts/scheduler.js'
import type { Load, Task } from '../contracts/task.js'
import type { BatchServices } from './batch-backend.js'
import { batchSettings } from './batch-settings.js'
import { BatchRun } from './watching/batch-run.js'
import { cancelTasks, stopTasks } from './cancellation.js'
import type { ClientJob, ClientOrder } from './client/client-job.js'
import type { ClientNeeds } from './client/client-needs.js'
import { dismissClients, submitClient } from './client/client-submission.js'
import { Commander } from './commander.js'
import { diagnose, diagnoseClients } from './site/diagnose.js'
import { requireSharedRunRoot } from '../machine/run-root.js'
import { Poller } from './watching/poller.js'
import { previewClient, previewTasks, type SubmissionPreview } from './submission/preview.js'
import { isRunCancelled } from '../run-directory/cancel-request.js'
import type { Revocation } from './submission/submission-records.js'
import { SubmissionRound } from './submission/submission-round.js'
import { tryJob, type TrialJob } from './site/trial-job.js'

export interface BatchRequest extends BatchServices {
  readonly name: string
  readonly adapter: SchedulerAdapter
  readonly options: BatchOptions
}

/** The parts of a batch backend that do something. */
export interface BatchJobs {
  validate(load?: Load): Promise<void>
  submit(tasks: readonly Task[], context: RunContext): Promise<void>
  run(tasks: readonly Task[], context: RunContext, emit: (event: TaskEvent) => void): Promise<void>
  attach(tasks: readonly Task[], context: RunContext, emit: (event: TaskEvent) => void): Promise<void>
  cancel(tasks: readonly Task[], context: RunContext): Promise<readonly string[]>
  preview(tasks: readonly Task[], context: Pick<RunContext, 'runDirectory' | 'limits'>): Promise<readonly SubmissionPreview[]>
  previewClient(order: ClientOrder, submissions: number, context: Pick<RunContext, 'runDirectory' | 'limits'>): Promise<SubmissionPreview>
  submitClient(order: ClientOrder, context: RunContext): Promise<ClientJob>
  dismissClients(revocation: Omit<Revocation, 'format'>, context: Pick<RunContext, 'runDirectory'>): Promise<readonly string[]>
  diagnose(): Promise<readonly Diagnosis[]>
  diagnoseClients(needs: ClientNeeds): Promise<readonly Diagnosis[]>
  requireSharedFolder(folder: string): Promise<void>
  tryJob(how: TrialJob, root: string): Promise<readonly Diagnosis[]>
  close(): void
}

/** Between two looks at the run directory: short while things happen, longer while nothing does. */
const LOOK_MS = { least: 200, most: 2_000, growth: 1.3 } as const
/** A look at more tasks takes longer, and may come less often. */
const LOOK_MS_PER_TASK = 1

export function batchJobs({ name, adapter, options, clock, exec }: BatchRequest): BatchJobs {
  const settings = batchSettings(options)
  const { commander, poller } = sharedPoller(adapter, { clock, exec })
  const closed = new AbortController()

  const runOf = (tasks: readonly Task[], context: RunContext, emit: (event: TaskEvent) => void): BatchRun =>
    new BatchRun(tasks, context, commander, settings, emit)

  async function follow(run: BatchRun, context: RunContext, round: SubmissionRound | undefined): Promise<void> {
    const { signal } = context
    using _watching = poller.watch(run, { least: settings.pollMin, most: settings.pollMax })
    const tasks = run.tasks.size
    let pause: number = LOOK_MS.least
    while (run.open.length > 0 && !signal.aborted && !closed.signal.aborted) {
      const changed = await run.refresh()
      for (const tracked of run.undecided(changed)) {
        const decision = await run.decision(tracked)
        if (decision.kind === 'failed' && round && tracked.old) round.restart(tracked)
        else if (decision.kind === 'completed' || decision.kind === 'failed') {
          run.end(tracked, decision)
          if (decision.kind === 'failed' && tracked.hopelessLooks > 0) await round?.forget(run, tracked)
        } else if (decision.kind === 'again') {
          if (round) round.putBack(tracked, decision)
          else if ('cause' in decision.because) run.end(tracked, { kind: 'failed', attempt: decision.attempt, failure: decision.because })
          else run.stop(tracked, 'walltime')
        } else if (decision.kind === 'cancelled') run.stop(tracked, 'cancelled')
        else if (!run.facts.current(tracked.task.id) && !round?.has(tracked))
          run.stop(tracked, run.wasCancelled(tracked) ? 'cancelled' : 'stop')
      }
      run.tellStarts()
      if (round && (await round.submitWaiting(run, signal))) {
        poller.hurry()
        if (settings.continued === 'always') await round.submitContinuations(run)
      }
      pause = changed.size > 0 ? LOOK_MS.least : Math.min(Math.max(LOOK_MS.most, LOOK_MS_PER_TASK * tasks), LOOK_MS.growth * pause)
      if (run.open.length > 0) await clock.sleep(pause, AbortSignal.any([signal, closed.signal]))
    }
    const { total, perMinute } = commander.calls
    context.log.info(`${adapter.scheduler} was asked ${total} times so far, ${perMinute.toFixed(1)} times a minute`, { calls: total })
  }

  /** How a run ends whose signal was aborted while tasks were open. */
  async function endEarly(run: BatchRun, { signal, log }: RunContext, round?: SubmissionRound): Promise<void> {
    if (signal.reason === 'detach') {
      await round?.submitContinuations(run)
      return
    }
    if (signal.reason === 'cancel') {
      const alive = await cancelTasks(run, commander)
      if (alive.length > 0) log.warn(`${alive.length} jobs are still alive: ${alive.slice(0, 10).join(', ')}`)
    } else if (signal.reason === 'stop') await stopTasks(run, commander)
    else return
    await run.refresh()
    for (const tracked of run.open) {
      const decision = await run.decision(tracked)
      if (decision.kind === 'completed') run.end(tracked, decision)
      else run.stop(tracked, signal.reason === 'cancel' ? 'cancelled' : 'stop')
    }
  }

  return {
    async validate() {
      const facts = await commander.facts()
      if (settings.mode === 'array' && facts.arrays.most === 0) {
        throw new ChoraleError('CHORALE_BATCH_OPTION_INVALID', `${facts.scheduler} ${facts.version} takes no job arrays here.`, {
          askedBy: 'backend.mode: array',
          fix: 'set backend.mode to auto, single or packed',
        })
      }
    },
    async submit(tasks, context) {
      const run = runOf(tasks, context, () => undefined)
      const round = new SubmissionRound(commander, settings, context, Infinity)
      await round.open(run)
      while (await round.submitWaiting(run, context.signal)) await run.refresh()
      await round.submitContinuations(run)
    },
    async run(tasks, context, emit) {
      if (tasks.length === 0) return
      const run = runOf(tasks, context, emit)
      if (context.signal.aborted) {
        const { reason } = context.signal
        if (reason === 'cancel' || reason === 'stop')
          for (const tracked of run.open) run.stop(tracked, reason === 'cancel' ? 'cancelled' : 'stop')
        return
      }
      const round = new SubmissionRound(commander, settings, context, context.limits.parallelTasks)
      await round.open(run)
      await follow(run, context, round)
      if (context.signal.aborted) await endEarly(run, context, round)
    },
    async attach(tasks, context, emit) {
      const run = runOf(tasks, context, emit)
      await follow(run, context, undefined)
      if (context.signal.aborted) await endEarly(run, context)
    },
    async cancel(tasks, context) {
      const run = runOf(tasks, context, () => undefined)
      await run.refresh()
      const clients = isRunCancelled(context.runDirectory)
        ? await dismissClients(context, { reason: 'cancel', words: 'the run was cancelled' }, commander)
        : []
      return [...(await cancelTasks(run, commander)), ...clients]
    },
    preview: (tasks, context) => previewTasks(tasks, context, commander, settings),
    previewClient: (order, submissions, context) => previewClient(order, submissions, context, commander, settings),
    submitClient: (order, context) => submitClient(order, context, commander, settings),
    dismissClients: (revocation, context) => dismissClients(context, revocation, commander),
    diagnose: () => diagnose(name, commander, settings),
    diagnoseClients: needs => diagnoseClients(needs, commander, settings),
    tryJob: (how, root) => tryJob(how, root, commander, settings),
    requireSharedFolder: async folder => {
      if (!settings.assumesSharedFolder) await requireSharedRunRoot(folder)
    },
    close: () => closed.abort(),
  }
}

interface SharedPoller {
  readonly commander: Commander
  readonly poller: Poller
}

/** One poller for all backends of this process that ask the same scheduler in the same way. */
const pollers = new WeakMap<BatchServices['exec'], Map<string, SharedPoller>>()

function sharedPoller(adapter: SchedulerAdapter, { clock, exec }: BatchServices): SharedPoller {
  const key = JSON.stringify([
    adapter.scheduler,
    adapter.commands,
    (adapter.environment ?? []).map(variable => process.env[variable] ?? null),
    process.env.PATH,
  ])
  const known = pollers.get(exec) ?? new Map<string, SharedPoller>()
  pollers.set(exec, known)
  const found = known.get(key)
  if (found?.commander.adapter === adapter && found.commander.clock === clock) return found
  const commander = new Commander(adapter, exec, clock)
  const shared = { commander, poller: new Poller(commander) }
  known.set(key, shared)
  return shared
}
