import { isChoraleError, isDetachable, type ChoraleError, type Host } from '../contracts/index.js'
import type { Clock } from '../clock.js'
import type { ActiveRun } from '../execution/active-run.js'
import { collect, drive } from '../execution/drive.js'
import { requireDriving } from '../execution/require-driving.js'
import { sampleShards, type Execute } from '../execution/shard-results.js'
import { hostOf } from '../host.js'
import type { RunLogFile } from '../log/run-log.js'
import { checkCombiner, combinerChoice, findCombiner, requirePowers, type CombinerChoice } from '../planning/choose-combiner.js'
import { hasLocals } from '../planning/local-parameters.js'
import { requireCombinesGlobals } from '../planning/local-rules.js'
import type { Plan, PlannedRun, Planner } from '../planning/plan-run.js'
import type { PluginRegistry } from '../plugins/index.js'
import { isRunCancelled } from '../run-directory/index.js'
import type { PlanPreview, RunObserver } from '../run-event.js'
import { startStopwatch } from '../stopwatch.js'
import { cancelRun, type CancelOptions, type CancelRequested } from './cancel-run.js'
import { collectCancelled, isDetachableRun, notDetachable, requireDetachable, type DetachedRun } from './detach.js'
import { finishRun, type RunResult } from './finish.js'
import type { Halted } from './halt.js'
import { planWarnings, previewOf, workOf } from './preview.js'
import { findMode, settingsForDraws, settingsForMode, type OptimizationOutcome } from './optimize.js'
import { recordedSettings, reopenRun, requireSameEnvironment, type ReopenOptions } from './reopen.js'
import { withOpenRun, type Opening } from './with-open-run.js'

/** How a run ended: with a result, or on request with everything that a resume needs on disk. */
export type RunOutcome = ({ readonly status: 'completed' } & RunResult) | Halted

/** What a combiner of a comparison made of a run, or why it could not. */
export interface ComparedCombiner {
  readonly name: string
  readonly result: RunResult | ChoraleError
}

/** How a comparison ended. */
export type ComparisonOutcome =
  { readonly status: 'completed'; readonly path: string; readonly combiners: readonly ComparedCombiner[] } | Halted

/** What is done with an open run. */
interface Execution extends Opening {
  readonly choice: CombinerChoice
  readonly execute: Execute
  /** Whether tasks are run; otherwise finished chains are combined again. */
  readonly samples: boolean
  /** Whether the combination becomes the run's result; else it is kept beside it. Default true. */
  readonly becomesResult?: boolean
}

/** What is done to runs: started, gone on with, combined again. */
export class Pipeline {
  constructor(
    private readonly registry: PluginRegistry,
    private readonly planner: Planner,
    private readonly clock: Clock,
    private readonly log: RunLogFile,
    private readonly observe: RunObserver,
  ) {}

  /** Plans a new run and carries it out. */
  async run(signal: AbortSignal): Promise<RunOutcome> {
    const stopwatch = startStopwatch(this.clock)
    const planned = await this.planner.withSettings(settingsForDraws).plan(signal, stopwatch)
    const settings = recordedSettings(planned)
    const execution = { settings, choice: combinerChoice(settings), execute: drive, samples: true, takeOver: false, stopwatch }
    return this.#carryOut(planned, execution, signal)
  }

  /**
   * Plans a new run and gives its tasks to the backend, which goes on with them by itself. Nobody combines them until somebody attaches.
   * @throws ChoraleError `CHORALE_NOT_DETACHABLE`, before anything is planned
   */
  async detach(signal: AbortSignal): Promise<DetachedRun | Halted> {
    await requireDetachable(this.registry, this.planner.settings)
    const stopwatch = startStopwatch(this.clock)
    const planned = await this.planner.withSettings(settingsForDraws).plan(signal, stopwatch)
    const settings = recordedSettings(planned)
    const { path, record } = planned
    return this.#open(planned, { settings, takeOver: false, stopwatch }, signal, async (run): Promise<DetachedRun> => {
      this.#announce(run, planned, combinerChoice(settings), true)
      const { backend } = run
      if (!isDetachable(backend)) throw notDetachable(backend.name, 'run --detach')
      const { firstTasks, submitTasks } = await import('../execution/submit-tasks.js')
      return { status: 'detached', path, run: record.id, backend: backend.name, tasks: await submitTasks(run, backend, firstTasks(run)) }
    })
  }

  /** What `run` would do, or `detach`, by the same checks; nothing is sampled, and no run directory is made. */
  async preview(signal: AbortSignal, how: 'run' | 'detach' = 'run'): Promise<PlanPreview> {
    if (how === 'detach') await requireDetachable(this.registry, this.planner.settings)
    const plan = await this.planner.withSettings(settingsForDraws).preview(signal)
    return previewOf(plan, { settings: recordedSettings(plan), folder: this.planner.outputFolder, host: this.#host() })
  }

  /** Looks for the mode of all rows, as one task, with the sampler `optimize`. Nothing is sampled, and there is nothing to go on with when it is stopped. */
  async optimize(signal: AbortSignal): Promise<OptimizationOutcome> {
    const stopwatch = startStopwatch(this.clock)
    const planned = await this.planner.withSettings(settingsForMode).plan(signal, stopwatch)
    const opening = { settings: recordedSettings(planned), takeOver: false, stopwatch }
    const summary = await this.#open(planned, opening, signal, run => {
      this.#announce(run, planned, { name: 'none', draws: 0 }, true)
      return findMode(run)
    })
    return 'status' in summary ? summary : { status: 'completed', path: planned.path, summary }
  }

  /** Goes on with a run: finished chains are kept, the others run, also those whose end was asked for. Needs no settings file: `run.json` has everything. */
  async resume(path: string, options: ReopenOptions, signal: AbortSignal): Promise<RunOutcome> {
    return this.#goOn(await reopenRun(path, options, this.registry), { execute: drive, cancelled: 'withdrawn', ...options }, signal)
  }

  /**
   * Collects a run whose tasks outlive their driver, as its driver: waits for them, has lost ones tried again, combines. What has failed for good or was cancelled
   * stays so.
   * @throws ChoraleError `CHORALE_RUN_BUSY` while another process drives it, `CHORALE_NOT_DETACHABLE`, `CHORALE_RUN_CANCELLED`
   */
  async attach(path: string, options: ReopenOptions, signal: AbortSignal): Promise<RunOutcome> {
    const planned = await reopenRun(path, options, this.registry)
    if (!isDetachableRun(planned.record)) throw notDetachable(planned.record.plan.backend, 'attach', planned.path)
    const execute = isRunCancelled(planned.path) ? collectCancelled : collect
    return this.#goOn(planned, { execute, ...options }, signal)
  }

  /** Asks for the end of a run, or of some of its tasks, whoever drives it. */
  cancel(path: string, options: CancelOptions): Promise<CancelRequested> {
    return cancelRun(path, options, { registry: this.registry, host: this.#host(), log: this.log, clock: this.clock })
  }

  /** Combines the finished chains of a run again, with another combiner, without sampling. */
  combine(path: string, choice: Partial<CombinerChoice>, options: ReopenOptions, signal: AbortSignal): Promise<RunOutcome> {
    return this.#combineAgain(path, choice, { ...options, becomesResult: true }, signal)
  }

  /** Combines the finished chains of a run by one combiner after another. The run keeps the result that it has; each combination is kept beside it. */
  async compare(path: string, names: readonly string[], options: ReopenOptions, signal: AbortSignal): Promise<ComparisonOutcome> {
    const combiners: ComparedCombiner[] = []
    for (const name of names) {
      try {
        const outcome = await this.#combineAgain(path, { name }, { ...options, becomesResult: false }, signal)
        if (outcome.status === 'stopped') return outcome
        combiners.push({ name, result: outcome })
      } catch (error) {
        if (!isChoraleError(error) || signal.aborted) throw error
        combiners.push({ name, result: error })
      }
    }
    const failures = combiners.map(({ result }) => result).filter(isChoraleError)
    if (failures.length === combiners.length && failures[0]) throw failures[0]
    return { status: 'completed', path, combiners }
  }

  async #combineAgain(
    path: string,
    choice: Partial<CombinerChoice>,
    options: ReopenOptions & { readonly becomesResult: boolean },
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    const stopwatch = startStopwatch(this.clock)
    const planned = await reopenRun(path, options, this.registry)
    const settings = recordedSettings(planned)
    const own = combinerChoice(settings)
    const inherited = choice.name === undefined || choice.name === own.name ? own.options : {}
    const merged = { name: choice.name ?? own.name, options: choice.options ?? inherited, draws: choice.draws ?? own.draws }
    const { takeOver, becomesResult } = options
    const { recordedOutcomes } = await import('../execution/recorded-outcomes.js')
    const execution = { settings, choice: merged, execute: recordedOutcomes, samples: false, becomesResult, takeOver, stopwatch }
    return this.#carryOut(planned, execution, signal)
  }

  async #goOn(planned: PlannedRun, how: Pick<Execution, 'execute' | 'cancelled' | 'takeOver'>, signal: AbortSignal): Promise<RunOutcome> {
    const stopwatch = startStopwatch(this.clock)
    const settings = recordedSettings(planned)
    requireSameEnvironment(planned.record, settings)
    return this.#carryOut(planned, { settings, choice: combinerChoice(settings), samples: true, stopwatch, ...how }, signal)
  }

  async #carryOut(planned: PlannedRun, execution: Execution, signal: AbortSignal): Promise<RunOutcome> {
    const { choice, execute, samples, becomesResult = true } = execution
    const { plan } = planned.record
    await checkCombiner(this.registry, choice)
    const request = plan.shards.length === 1 ? undefined : await findCombiner(this.registry, choice)
    if (request) requirePowers(request, plan.powers)
    if (request && hasLocals(plan)) requireCombinesGlobals(request.combiner.definition)
    return this.#open(planned, execution, signal, async (run): Promise<RunOutcome> => {
      this.#announce(run, planned, choice, samples)
      run.stopwatch.enter(samples ? 'sampling' : undefined)
      const shards = await sampleShards(run, execute)
      await requireDriving(run)
      return { status: 'completed', ...(await finishRun(run, shards, { request, becomesResult })) }
    })
  }

  #open<T>(planned: PlannedRun, opening: Opening, signal: AbortSignal, use: (run: ActiveRun) => Promise<T>): Promise<T | Halted> {
    return withOpenRun(planned, opening, { clock: this.clock, log: this.log, host: this.#host(), observe: this.observe }, signal, use)
  }

  #announce(run: ActiveRun, plan: Plan, combiner: Pick<CombinerChoice, 'name' | 'draws'>, samples: boolean): void {
    for (const warning of planWarnings(plan)) run.warn(warning)
    const { path, record, backend, context } = run
    const { parallelTasks } = context.limits
    this.observe({ type: 'plan', plan: { run: record.id, path, samples, ...workOf(plan, backend, combiner, parallelTasks) } })
  }

  #host(): Host {
    return hostOf(this.log, this.clock)
  }
}
