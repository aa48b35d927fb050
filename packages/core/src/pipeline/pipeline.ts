import type { ClientRole } from '../batch/client/client-job.js'
import type { Clock } from '../clock.js'
import { isDetachable, type Host } from '../contracts/index.js'
import type { ActiveRun } from '../execution/active-run.js'
import { collect, drive } from '../execution/drive.js'
import { hostOf } from '../host.js'
import type { RunLogFile } from '../log/run-log.js'
import { findLocalBackend } from '../planning/choose-backend.js'
import { combinerChoice } from '../planning/choose-combiner.js'
import type { PlannedRun } from '../planning/plan.js'
import type { Planner } from '../planning/plan-run.js'
import type { PluginRegistry } from '../plugins/index.js'
import { isRunCancelled } from '../run-directory/index.js'
import type { PlanPreview, RunObserver } from '../run-event.js'
import type { SettingsOverride } from '../settings/override.js'
import { startStopwatch } from '../stopwatch.js'
import { cancelRun, openTasks, type CancelOptions, type CancelRequested } from './cancel-run.js'
import { announceRun, carryOutRun, goOnWithRun, openPlannedRun, type RunOutcome, type RunServices } from './carry-out-run.js'
import type { AbsenceOptions, OwnDriverJob } from '../client-jobs/client-jobs.js'
import { changedCombination, type CombinationChange } from './combination-change.js'
import { compareCombiners, type ComparisonOutcome } from './compare-combiners.js'
import {
  collectCancelled,
  isDetachableRun,
  latencyOf,
  notDetachable,
  onThisMachine,
  requireCollectable,
  requireDetachable,
  type DetachedRun,
} from './detach.js'
import type { Halted } from './halt.js'
import { findMode, settingsForDraws, settingsForMode, type OptimizationOutcome } from '../optimize/optimize.js'
import { previewOf } from './preview.js'
import { recordedSettings, reopenRun, type ReopenOptions } from './reopen.js'
import { requireSharedFolder } from './shared-folder.js'
import { changedSettings } from './settings-change.js'
import type { Opening } from './with-open-run.js'

export interface AttachOptions extends ReopenOptions {
  /** For a process that is a driver job. */
  readonly driverJob?: OwnDriverJob
}

export interface ResumeOptions extends ReopenOptions {
  /** Settings that the run goes on with, also after this process: options of its backend but not its name, `timeout`, `output.job...`. */
  readonly changes?: readonly SettingsOverride[]
}

const clientJobs = () => import('../client-jobs/client-jobs.js')

/** What is done to runs: started, gone on with, combined again. */
export class Pipeline {
  constructor(
    private readonly registry: PluginRegistry,
    private readonly planner: Planner,
    private readonly clock: Clock,
    private readonly log: RunLogFile,
    private readonly observe: RunObserver,
  ) {}

  get #services(): RunServices {
    const { registry, clock, log, observe } = this
    return { registry, clock, log, observe }
  }

  /** Plans a new run and carries it out. */
  async run(signal: AbortSignal): Promise<RunOutcome> {
    await this.#requireBatch({})
    const { planned, opening } = await this.#plan(settingsForDraws, signal)
    const execution = { ...opening, choice: combinerChoice(opening.settings), execute: drive, samples: true }
    return carryOutRun(this.#services, planned, execution, signal)
  }

  /**
   * Plans a new run and gives its tasks to the backend, which goes on with them by itself. Nobody combines them until somebody attaches, or until a job does that is
   * submitted too (`output.combine: job`, or a job that drives the run).
   * @throws ChoraleError `CHORALE_NOT_DETACHABLE`, `CHORALE_NOT_BATCH`, before anything is planned
   */
  async detach(signal: AbortSignal, absence: AbsenceOptions = {}): Promise<DetachedRun | Halted> {
    await requireDetachable(this.registry, this.planner.settings)
    const role = await this.#requireBatch(absence)
    if (role) (await clientJobs()).requireEntry(absence, role)
    const { planned, opening } = await this.#plan(settingsForDraws, signal)
    const { path, record } = planned
    return openPlannedRun(this.#services, planned, opening, signal, async (run): Promise<DetachedRun> => {
      announceRun(this.observe, run, planned, combinerChoice(opening.settings), true)
      const { backend } = run
      if (!isDetachable(backend)) throw notDetachable(backend.name, 'run --detach')
      const [{ firstTasks, submitTasks }, { submittedJobs }] = await Promise.all([
        import('../execution/submit-tasks.js'),
        import('../batch/submission/submitted-jobs.js'),
      ])
      const tasks = await submitTasks(run, backend, firstTasks(run))
      const clientJob = role && (await (await clientJobs()).tryClientJob(run, role, absence, this.registry))
      const { jobs: submitted } = await submittedJobs(path)
      return { status: 'detached', path, run: record.id, backend: backend.name, tasks, submitted, ...(clientJob ? { clientJob } : {}) }
    })
  }

  /**
   * Submits a job that drives a run which nobody drives, for the time without a client. One that is there already stays.
   * @throws ChoraleError `CHORALE_RUN_BUSY`, `CHORALE_NOT_BATCH`, `CHORALE_RUN_CANCELLED`
   */
  async leaveToDriverJob(
    path: string,
    absence: AbsenceOptions,
    options: ReopenOptions,
    signal: AbortSignal,
  ): Promise<DetachedRun | Halted> {
    const planned = await reopenRun(path, options, this.registry)
    requireCollectable(planned, 'attach --driver-job')
    const opening = { settings: recordedSettings(planned), takeOver: options.takeOver, stopwatch: startStopwatch(this.clock) }
    return openPlannedRun(this.#services, planned, opening, signal, async (run): Promise<DetachedRun> => {
      const { submittedJobs } = await import('../batch/submission/submitted-jobs.js')
      const clientJob = await (await clientJobs()).submitClientJob(run, 'driver', absence, this.registry)
      const tasks = (await openTasks(run.path)).length
      const { jobs: submitted } = await submittedJobs(run.path)
      return { status: 'detached', path: run.path, run: run.record.id, backend: run.backend.name, tasks, submitted, clientJob }
    })
  }

  /** What `run` would do, or `detach`, by the same checks; nothing is sampled, and no run directory is made. */
  async preview(signal: AbortSignal, how: 'run' | 'detach' = 'run', absence: AbsenceOptions = {}): Promise<PlanPreview> {
    if (how === 'detach') await requireDetachable(this.registry, this.planner.settings)
    const role = await this.#requireBatch(absence)
    const plan = await (await this.#planner(settingsForDraws)).preview(signal)
    const entry = how === 'detach' && role ? (await clientJobs()).requireEntry(absence, role) : undefined
    return previewOf(plan, {
      settings: recordedSettings(plan),
      folder: this.planner.outputFolder,
      host: this.#host(),
      ...(role && entry !== undefined ? { client: { role, entry, registry: this.registry } } : {}),
    })
  }

  /** Looks for the mode of all rows, as one task, with the sampler `optimize`. Nothing is sampled, and there is nothing to go on with when it is stopped. */
  async optimize(signal: AbortSignal): Promise<OptimizationOutcome> {
    const { planned, opening } = await this.#plan(settingsForMode, signal)
    const summary = await openPlannedRun(this.#services, planned, opening, signal, run => {
      announceRun(this.observe, run, planned, { name: 'none', draws: 0 }, true)
      return findMode(run)
    })
    return 'status' in summary ? summary : { status: 'completed', path: planned.path, summary }
  }

  /**
   * Goes on with a run: finished chains are kept, the others run, also those whose end was asked for. Needs no settings file: `run.json` has everything.
   * @throws ChoraleError `CHORALE_SETTINGS_INVALID` for changes of settings that its draws come from
   */
  async resume(path: string, { changes = [], ...options }: ResumeOptions, signal: AbortSignal): Promise<RunOutcome> {
    const planned = await reopenRun(path, options, this.registry)
    const changed = changes.length === 0 ? {} : { settings: changedSettings(recordedSettings(planned), changes), settingsChanged: true }
    return goOnWithRun(this.#services, planned, { execute: drive, cancelled: 'withdrawn', ...options, ...changed }, signal)
  }

  /**
   * Collects a run whose tasks outlive their driver, as its driver: waits for them, has lost ones tried again, combines. What has failed for good or was cancelled
   * stays so.
   * @throws ChoraleError `CHORALE_RUN_BUSY` while another process drives it, `CHORALE_NOT_DETACHABLE`, `CHORALE_RUN_CANCELLED`
   */
  async attach(path: string, options: AttachOptions, signal: AbortSignal): Promise<RunOutcome> {
    const planned = await reopenRun(path, options, this.registry)
    if (!isDetachableRun(planned.record)) throw notDetachable(planned.record.plan.backend, 'attach', planned.path)
    const execute = isRunCancelled(planned.path) ? collectCancelled : collect
    const { driverJob, takeOver } = options
    const begun = driverJob && (async (run: ActiveRun) => (await clientJobs()).continueDriverJob(run, driverJob, this.registry))
    return goOnWithRun(this.#services, planned, { execute, takeOver, ...(begun ? { begun } : {}) }, signal)
  }

  /**
   * Combines a run whose jobs have ended, in this process, as `attach` would: gates, combination, verification, summary. Nothing is submitted, and evaluations and local
   * parameters are computed here.
   * @throws ChoraleError `CHORALE_RUN_BUSY`, `CHORALE_RUN_CANCELLED`, and `CHORALE_RUN_UNFINISHED` where a chain is left that another attempt could complete
   */
  async combineSampled(path: string, options: Pick<ReopenOptions, 'trustRun'>, signal: AbortSignal): Promise<RunOutcome> {
    const planned = await reopenRun(path, options, this.registry)
    requireCollectable(planned, 'attach')
    const backend = await findLocalBackend(this.registry, true)
    const here = backend ? { ...planned, backend: { backend, reason: 'where it is combined' } } : planned
    const { settledOutcomes } = await import('../execution/settled-outcomes.js')
    const settings = recordedSettings(planned)
    const execute = settledOutcomes(this.clock, latencyOf(settings))
    return goOnWithRun(this.#services, here, { execute, takeOver: false, settings: backend ? onThisMachine(settings) : settings }, signal)
  }

  /** Asks for the end of a run, or of some of its tasks, whoever drives it. */
  cancel(path: string, options: CancelOptions): Promise<CancelRequested> {
    return cancelRun(path, options, { registry: this.registry, host: this.#host(), log: this.log, clock: this.clock })
  }

  /** Combines the finished chains of a run again, with another combiner or other draws of local parameters, without sampling. */
  combine(path: string, change: CombinationChange, options: ReopenOptions, signal: AbortSignal): Promise<RunOutcome> {
    return this.#combineAgain(path, change, { ...options, becomesResult: true }, signal)
  }

  /** Combines the finished chains of a run by one combiner after another. The run keeps the result that it has; each combination is kept beside it. */
  compare(path: string, names: readonly string[], options: ReopenOptions, signal: AbortSignal): Promise<ComparisonOutcome> {
    return compareCombiners(path, names, name => this.#combineAgain(path, { name }, { ...options, becomesResult: false }, signal), signal)
  }

  async #combineAgain(
    path: string,
    change: CombinationChange,
    options: ReopenOptions & { readonly becomesResult: boolean },
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    const stopwatch = startStopwatch(this.clock)
    const planned = await reopenRun(path, options, this.registry)
    const { settings, choice } = changedCombination(planned, change)
    const { takeOver, becomesResult } = options
    const { recordedOutcomes } = await import('../execution/recorded-outcomes.js')
    const execution = { settings, choice, execute: recordedOutcomes, samples: false, becomesResult, takeOver, stopwatch }
    return carryOutRun(this.#services, planned, execution, signal)
  }

  /** A new run, planned, and how it is opened. */
  async #plan(change: typeof settingsForDraws, signal: AbortSignal): Promise<{ readonly planned: PlannedRun; readonly opening: Opening }> {
    const stopwatch = startStopwatch(this.clock)
    const planning = (await this.#planner(change)).plan(signal, stopwatch)
    // The plan waits for the bundle, which is made in another process.
    this.log.load()
    const planned = await planning
    return { planned, opening: { settings: recordedSettings(planned), takeOver: false, stopwatch } }
  }

  /** Where jobs are asked for that are clients. */
  async #requireBatch(absence: AbsenceOptions): Promise<ClientRole | undefined> {
    const { settings } = this.planner
    if (!absence.driverJob && settings.output.combine !== 'job') return undefined
    const { clientRole, requireBatch } = await clientJobs()
    const role = clientRole(settings, absence)
    if (role) await requireBatch(this.registry, settings, role, this.#host())
    return role
  }

  /** The planner of a run whose tasks will see its folder; names that do not exist are its own affair. */
  async #planner(change: typeof settingsForDraws): Promise<Planner> {
    const planner = this.planner.withSettings(change)
    const { settings, outputFolder } = planner
    const found =
      settings.backend.name === 'auto' ? undefined : await this.registry.find('backend', settings.backend.name).catch(() => undefined)
    if (found) await requireSharedFolder(found, settings, outputFolder, this.#host())
    return planner
  }

  #host(): Host {
    return hostOf(this.log, this.clock)
  }
}
