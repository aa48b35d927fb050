import { recordCost } from '../batch/cost/cost-record.js'
import type { Clock } from '../clock.js'
import { isDetachable } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import { requireDriving } from '../execution/require-driving.js'
import { sampleShards, type Execute } from '../execution/shard-results.js'
import { hostOf } from '../host.js'
import type { RunLogFile } from '../log/run-log.js'
import { findLocalBackend } from '../planning/choose-backend.js'
import { checkCombiner, combinerChoice, findCombiner, requirePowers, type CombinerChoice } from '../planning/choose-combiner.js'
import { hasLocals } from '../planning/local-parameters.js'
import { requireCombinesGlobals } from '../planning/local-rules.js'
import type { Plan, PlannedRun } from '../planning/plan.js'
import type { PluginRegistry } from '../plugins/index.js'
import { listAcceptedTasks } from '../run-directory/index.js'
import type { RunObserver } from '../run-event.js'
import { startStopwatch } from '../stopwatch.js'
import { finishRun, type RunResult } from './finish.js'
import type { Halted } from './halt.js'
import { planWarnings, workOf } from './preview.js'
import { recordedSettings, requireSameEnvironment } from './reopen.js'
import { requireSharedFolder } from './shared-folder.js'
import { withOpenRun, type Opening } from './with-open-run.js'

/** How a run ended: with a result, or on request with everything that a resume needs on disk. */
export type RunOutcome = ({ readonly status: 'completed' } & RunResult) | Halted

/** What runs are carried out with. */
export interface RunServices {
  readonly registry: PluginRegistry
  readonly clock: Clock
  readonly log: RunLogFile
  readonly observe: RunObserver
}

/** What is done with an open run. */
export interface Execution extends Opening {
  readonly choice: CombinerChoice
  readonly execute: Execute
  /** Whether tasks are run; otherwise finished chains are combined again. */
  readonly samples: boolean
  /** Done first by whoever drives. */
  readonly begun?: (run: ActiveRun) => Promise<void>
  /** Whether the combination becomes the run's result; else it is kept beside it. Default true. */
  readonly becomesResult?: boolean
}

/** Opens a run as its driver, has its shards sampled or their chains found, and finishes it: gates, combination, verification, summary. */
export async function carryOutRun(
  services: RunServices,
  planned: PlannedRun,
  execution: Execution,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { registry, observe } = services
  const { choice, execute, samples, begun, becomesResult = true } = execution
  const { plan } = planned.record
  await checkCombiner(registry, choice)
  const request = plan.shards.length === 1 ? undefined : await findCombiner(registry, choice)
  if (request) requirePowers(request, plan.powers)
  if (request && hasLocals(plan)) requireCombinesGlobals(request.combiner.definition)
  return openPlannedRun(services, planned, execution, signal, async (run): Promise<RunOutcome> => {
    const isSampled = (await listAcceptedTasks(run.path)).length === plan.shards.length * plan.chains
    announceRun(observe, run, planned, choice, samples && !isSampled)
    run.stopwatch.enter(samples ? 'sampling' : undefined)
    await begun?.(run)
    const shards = await sampleShards(run, execute)
    await requireDriving(run)
    const result = await finishRun(run, shards, { request, becomesResult })
    if (samples && isDetachable(run.backend)) {
      const { dismissClientJobs } = await import('../client-jobs/client-jobs.js')
      await dismissClientJobs(run)
    }
    const cost = becomesResult && plan.detachable ? await recordCost(run.path) : undefined
    return { status: 'completed', ...result, ...(cost ? { cost } : {}) }
  })
}

/** The same for a run that was started before, with the combiner that it was planned with, where its chains may go on here. */
export async function goOnWithRun(
  services: RunServices,
  planned: PlannedRun,
  {
    settings = recordedSettings(planned),
    ...how
  }: Pick<Execution, 'execute' | 'cancelled' | 'takeOver' | 'begun' | 'settingsChanged'> & Partial<Pick<Opening, 'settings'>>,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { log, clock } = services
  const stopwatch = startStopwatch(clock)
  requireSameEnvironment(planned.record, settings)
  await requireSharedFolder(planned.backend.backend, settings, planned.path, hostOf(log, clock))
  return carryOutRun(services, planned, { settings, choice: combinerChoice(settings), samples: true, stopwatch, ...how }, signal)
}

/** Does something with a planned run that this process drives, and closes it. */
export function openPlannedRun<T>(
  { registry, clock, log, observe }: RunServices,
  planned: PlannedRun,
  opening: Opening,
  signal: AbortSignal,
  use: (run: ActiveRun) => Promise<T>,
): Promise<T | Halted> {
  const localBackend = () => findLocalBackend(registry, planned.record.code !== null)
  return withOpenRun(planned, opening, { clock, log, observe, localBackend, host: hostOf(log, clock) }, signal, use)
}

/** Says what is done with a run, and what there is to know of its plan beforehand. */
export function announceRun(
  observe: RunObserver,
  run: ActiveRun,
  plan: Plan,
  combiner: Pick<CombinerChoice, 'name' | 'draws'>,
  samples: boolean,
): void {
  for (const warning of planWarnings(plan)) run.warn(warning)
  const { path, record, backend, context } = run
  const { parallelTasks } = context.limits
  observe({ type: 'plan', plan: { run: record.id, path, samples, ...workOf(plan, backend, combiner, parallelTasks) } })
}
