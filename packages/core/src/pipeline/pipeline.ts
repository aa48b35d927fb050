import { ChoraleError, isChoraleError, type Host, type MCMCBackend } from '../contracts/index.js'
import type { Clock } from '../clock.js'
import type { ActiveRun } from '../execution/active-run.js'
import { drive } from '../execution/drive.js'
import { openRun, runLogPath } from '../execution/open-run.js'
import { requireDriving } from '../execution/require-driving.js'
import { RunStopped, sampleShards, type Execute } from '../execution/shard-results.js'
import { loadJob } from '../job/load-job.js'
import { liveBackend } from '../lifecycle/index.js'
import type { RunLogFile } from '../log/run-log.js'
import { checkCombiner, combinerChoice, findCombiner, requirePowers, type CombinerChoice } from '../planning/choose-combiner.js'
import { hasLocals } from '../planning/local-parameters.js'
import { requireCombinesGlobals } from '../planning/local-rules.js'
import type { Plan, PlannedRun, Planner } from '../planning/plan-run.js'
import type { PluginRegistry } from '../plugins/index.js'
import { acquireDriverLease, listAcceptedTasks, openRunDirectory, requireTrustedRun, type RunRecord } from '../run-directory/index.js'
import type { PlanPreview, RunObserver } from '../run-event.js'
import { parseSettings } from '../settings/parse.js'
import type { Settings } from '../settings/schema.js'
import { startStopwatch, type Stopwatch } from '../stopwatch.js'
import { finishRun, type RunResult } from './finish.js'
import { planWarnings, previewOf, workOf } from './preview.js'
import { withProgress } from './sampling-progress.js'
import { findMode, notSampled, OPTIMIZE, settingsForDraws, settingsForMode, type OptimizationOutcome } from './optimize.js'

/** How a run ended: with a result, or on request with everything that a resume needs on disk. */
export type RunOutcome = ({ readonly status: 'completed' } & RunResult) | { readonly status: 'stopped'; readonly path: string }

/** What a combiner of a comparison made of a run, or why it could not. */
export interface ComparedCombiner {
  readonly name: string
  readonly result: RunResult | ChoraleError
}

/** How a comparison ended. */
export type ComparisonOutcome =
  | { readonly status: 'completed'; readonly path: string; readonly combiners: readonly ComparedCombiner[] }
  | { readonly status: 'stopped'; readonly path: string }

export interface ReopenOptions {
  /** Load the run's code although others can write it. */
  readonly trustRun: boolean
  /** Drive the run although another process does. */
  readonly takeOver: boolean
}

/** How a run is opened. */
interface Opening {
  readonly settings: Settings
  readonly takeOver: boolean
  readonly stopwatch: Stopwatch
}

/** What is done with an open run. */
interface Execution extends Opening {
  readonly choice: CombinerChoice
  readonly execute: Execute
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
    return this.#carryOut(planned, { settings, choice: combinerChoice(settings), execute: drive, takeOver: false, stopwatch }, signal)
  }

  /** What `run` would do, by the same checks; nothing is sampled, and no run directory is made. */
  async preview(signal: AbortSignal): Promise<PlanPreview> {
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
    const { path } = planned
    return summary === 'stopped' ? { status: 'stopped', path } : { status: 'completed', path, summary }
  }

  /** Goes on with a run: finished chains are kept, the others run. Needs no settings file: `run.json` has everything. */
  async resume(path: string, options: ReopenOptions, signal: AbortSignal): Promise<RunOutcome> {
    const stopwatch = startStopwatch(this.clock)
    const planned = await this.#reopen(path, options)
    const settings = recordedSettings(planned)
    requireSameEnvironment(planned.record, settings)
    const { takeOver } = options
    return this.#carryOut(planned, { settings, choice: combinerChoice(settings), execute: drive, takeOver, stopwatch }, signal)
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
    const planned = await this.#reopen(path, options)
    const settings = recordedSettings(planned)
    const own = combinerChoice(settings)
    const inherited = choice.name === undefined || choice.name === own.name ? own.options : {}
    const merged = { name: choice.name ?? own.name, options: choice.options ?? inherited, draws: choice.draws ?? own.draws }
    const { takeOver, becomesResult } = options
    const { recordedOutcomes } = await import('../execution/recorded-outcomes.js')
    return this.#carryOut(planned, { settings, choice: merged, execute: recordedOutcomes, becomesResult, takeOver, stopwatch }, signal)
  }

  async #reopen(path: string, { trustRun }: ReopenOptions): Promise<PlannedRun> {
    const { path: run, record } = await openRunDirectory(path)
    if (record.code === null) {
      throw new ChoraleError('CHORALE_MODEL_NOT_PORTABLE', 'The model of this run was an object of the process that started it', {
        lookedIn: run,
        fix: 'put the model into a module and start a new run with model: ./model.ts',
      })
    }
    if (record.plan.sampler.name === OPTIMIZE) throw notSampled(run)
    if (!trustRun) await requireTrustedRun(run, record.code.path)
    for (const plugin of record.plugins) this.registry.adopt(plugin)
    const backend = await this.registry.find('backend', record.plan.backend, 'run.json: plan.backend')
    const { model, sampler } = await loadJob(run, { kind: 'bundle', ...record.code })
    return { path: run, record, model, sampler, backend: { backend, reason: 'as planned' } }
  }

  async #carryOut(
    planned: PlannedRun,
    { choice, execute, becomesResult = true, ...opening }: Execution,
    signal: AbortSignal,
  ): Promise<RunOutcome> {
    const { path, record } = planned
    await checkCombiner(this.registry, choice)
    const request = record.plan.shards.length === 1 ? undefined : await findCombiner(this.registry, choice)
    if (request) requirePowers(request, record.plan.powers)
    if (request && hasLocals(record.plan)) requireCombinesGlobals(request.combiner.definition)
    const ended = await this.#open(planned, opening, signal, async run => {
      this.#announce(run, planned, choice, execute === drive)
      run.stopwatch.enter(execute === drive ? 'sampling' : undefined)
      const shards = await sampleShards(run, execute)
      await requireDriving(run)
      return finishRun(run, shards, { request, becomesResult })
    })
    return ended === 'stopped' ? { status: 'stopped', path } : { status: 'completed', ...ended }
  }

  /** Does something with an open run that this process drives, and closes it. */
  async #open<T>(
    { path, record, model, sampler, backend }: PlannedRun,
    { settings, takeOver, stopwatch }: Opening,
    signal: AbortSignal,
    use: (run: ActiveRun) => Promise<T>,
  ): Promise<T | 'stopped'> {
    const lease = await acquireDriverLease(path, { clock: this.clock, takeOver: takeOver ? 'force' : 'whenGone', signal })
    this.log.open(runLogPath(path))
    using limited = this.#withTimeLimit(signal, settings.timeout.run)
    let run: ActiveRun | undefined
    try {
      const { shards, chains } = record.plan
      const finishedBefore = await listAcceptedTasks(path)
      using progress = withProgress(this.observe, { shards: shards.length, chains, finishedBefore }, this.clock)
      const parts = {
        path,
        record,
        settings,
        model,
        sampler,
        stopwatch,
        backend: backend.backend,
        signal: limited.signal,
        stillDriving: () => lease.stillDriving(),
      }
      run = await openRun({ ...parts, host: this.#host(), log: this.log, observe: progress.observe })
      return await use(run)
    } catch (error) {
      if (error instanceof RunStopped || isStopping(error, limited.signal)) return 'stopped'
      throw error
    } finally {
      try {
        await run?.backend.cleanup()
      } finally {
        await lease.release()
      }
    }
  }

  #announce(run: ActiveRun, plan: Plan, combiner: Pick<CombinerChoice, 'name' | 'draws'>, samples: boolean): void {
    for (const warning of planWarnings(plan)) run.warn(warning)
    const { path, record, backend, context } = run
    const { parallelTasks } = context.limits
    this.observe({ type: 'plan', plan: { run: record.id, path, samples, ...workOf(plan, backend, combiner, parallelTasks) } })
  }

  #host(): Host {
    return {
      log: this.log,
      liveBackend: (name, capabilities, transport): MCMCBackend => liveBackend(name, capabilities, transport, this.clock),
    }
  }

  /** A signal that also aborts, with the reason `stop`, when the run has used up its time. */
  #withTimeLimit(signal: AbortSignal, seconds: number | undefined): { readonly signal: AbortSignal } & Disposable {
    if (seconds === undefined) return { signal, [Symbol.dispose]: () => undefined }
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort('stop'), seconds * 1000)
    return { signal: AbortSignal.any([signal, limit.signal]), [Symbol.dispose]: () => clearTimeout(timer) }
  }
}

/** Draws are bit-identical for equal V8 version and architecture only; chains of two kinds must not mix unless the settings allow it. */
function requireSameEnvironment({ versions }: RunRecord, { reproducible }: Settings): void {
  const here = { v8: process.versions.v8, arch: process.arch }
  const same = versions.v8 === here.v8 && versions.arch === here.arch
  if (same || reproducible === 'statistical') return
  throw new ChoraleError(
    'CHORALE_ENVIRONMENT_DIFFERS',
    `The run was started with V8 ${versions.v8} on ${versions.arch} (Node ${versions.node}); this is V8 ${here.v8} on ${here.arch}, where its chains would not be bit-identical`,
    { askedBy: 'reproducible: bitwise', fix: `use Node ${versions.node}, or start runs with reproducible: statistical` },
  )
}

const recordedSettings = ({ record }: Plan): Settings => parseSettings(record.settings as object, 'run.json')

/** What a stop request ends in: an evaluation without all of its answers, or the signal's own reason, thrown by code that looked at it. */
const isStopping = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted && (error === signal.reason || (isChoraleError(error) && error.code === 'CHORALE_EVALUATION_INCOMPLETE'))
