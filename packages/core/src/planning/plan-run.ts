import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import type { BegunBundle } from '../bundle/index.js'
import type { Clock } from '../clock.js'
import type { Model, Powers, Table } from '../contracts/index.js'
import { fixParameters } from '../model/fix-parameters.js'
import type { Found, PluginRegistry } from '../plugins/index.js'
import { createRunDirectory, layout, loadShard, writeRunRecord, writeShards } from '../run-directory/index.js'
import type { RunObserver } from '../run-event.js'
import { runKey } from '../run-key.js'
import { askedBy } from '../settings/asked-by.js'
import type { LoadedSettings } from '../settings/load.js'
import type { Settings } from '../settings/schema.js'
import { startStopwatch, type Stopwatch } from '../stopwatch.js'
import { checkTaskCount } from './check-task-count.js'
import { chooseBackend, type ChosenBackend } from './choose-backend.js'
import { checkCombiner, combinerChoice, findCombiner } from './choose-combiner.js'
import { countShards, cutIdentifiedTable, cutTable } from './shards/cut-table.js'
import { describeShards } from './shards/describe-shards.js'
import { bindFirstShard } from './shards/first-shard.js'
import type { ModelInspection } from './inspect-model.js'
import { findDataSource, loadData } from './load-data.js'
import { isLocal } from './local-parameters.js'
import { checkLocals, requireCombinesGlobals } from './local-rules.js'
import { measureShards, type MeasuredShards } from './shards/measure-shards.js'
import { checkShardable } from './model-rules.js'
import { valueCount } from '../model/parameter-names.js'
import type { Plan, PlannedRun } from './plan.js'
import { checkPredictions } from './plan-predictions.js'
import { planSampling } from './plan-sampling.js'
import { plannedRecord, type Decisions } from './planned-record.js'
import { beginModel, prepareModel, type PreparedModel } from './prepare-model.js'
import { PRIOR_DRAWS, recordedPrior } from './recorded-prior.js'
import { plannedPowers, shardPowers } from './shard-powers.js'
import { timeGradient } from './time-gradient.js'
import { tryModel, type Trial } from './try-model.js'

/** What the settings name. */
interface Names {
  readonly begun: BegunBundle | undefined
  readonly source: Found<'dataSource'>
  readonly sharder: Found<'sharder'>
}

/** Data that are cut into shards, and what was decided on the way. */
interface CutData extends Pick<Decisions, 'prepared' | 'sampler' | 'sampling' | 'table' | 'trial' | 'backend' | 'own'> {
  readonly model: Model
  /** Shard by shard; `own` has the parameters of those that were asked for. */
  readonly tables: Iterable<Table>
}

/** Plans runs: from settings to a run directory with data, code and `run.json`. A plan that fails leaves no directory behind. */
export class Planner {
  constructor(
    private readonly loaded: LoadedSettings,
    private readonly registry: PluginRegistry,
    private readonly clock: Clock,
    private readonly observe: RunObserver,
  ) {}

  /** Absolute path of the folder that holds run directories. */
  get outputFolder(): string {
    return resolve(this.loaded.folder, this.loaded.settings.output.directory)
  }

  get settings(): Settings {
    return this.loaded.settings
  }

  /** This planner with other settings. */
  withSettings(change: (loaded: LoadedSettings) => LoadedSettings): Planner {
    return new Planner(change(this.loaded), this.registry, this.clock, this.observe)
  }

  async plan(signal: AbortSignal, stopwatch: Stopwatch): Promise<PlannedRun> {
    stopwatch.enter('planning')
    const named = await this.#lookUp()
    const run = await createRunDirectory(this.outputFolder, { wall: this.clock.wall(), access: this.loaded.settings.output.mode })
    try {
      const cut = await this.#cut(run.path, named, signal, stopwatch)
      const data = await writeShards(run.path, cut.tables)
      const { id, digest } = data.shards[0]!
      const shard = await loadShard(layout.shardFile(run.path, data.directory, id), digest)
      const planned = await this.#decide(cut, { id: run.id, data, shard })
      await writeRunRecord(run.path, planned.record)
      return { path: run.path, ...planned }
    } catch (error) {
      await rm(run.path, { recursive: true, force: true })
      throw error
    }
  }

  /** What `plan` would plan, found by the same steps, without a run directory. What is not written has no digest. */
  async preview(signal: AbortSignal): Promise<Plan> {
    const named = await this.#lookUp()
    const folder = await mkdtemp(join(tmpdir(), 'chorale-plan-'))
    try {
      const cut = await this.#cut(folder, named, signal, startStopwatch(this.clock))
      return await this.#decide(cut, { id: '', ...measureShards(cut.tables) })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Before anything is read: a name that does not exist must not cost minutes. */
  async #lookUp(): Promise<Names> {
    const { settings } = this.loaded
    await this.registry.locate('sampler', settings.sampling.name)
    const begun = await beginModel(this.loaded, this.registry)
    await checkCombiner(this.registry, combinerChoice(settings))
    const source = await findDataSource(this.registry, this.loaded)
    const sharder = await this.registry.find('sharder', settings.sharding.strategy)
    await this.#checkBackendName()
    return { begun, source, sharder }
  }

  /** From names to shards, each made when it is asked for. `run`: the folder of the model's bundle. */
  async #cut(run: string, { begun, source, sharder }: Names, signal: AbortSignal, stopwatch: Stopwatch): Promise<CutData> {
    const { settings } = this.loaded
    this.observe({ type: 'stage', stage: 'bundle', detail: 'model and sampler' })
    const whole = await prepareModel(this.loaded, this.registry, run, begun)
    const { sampler } = whole
    const sampling = await planSampling(sampler, this.loaded)
    const prepared = this.#withFixed(whole)
    this.observe({ type: 'stage', stage: 'data', detail: settings.data.path ?? source.definition.name })
    stopwatch.enter('data')
    const table = await loadData(source, this.loaded, prepared.model, { signal })
    stopwatch.enter('planning')
    const { model, name } = prepared
    const { seed } = settings.sampling
    const key = settings.validation.gradientCheck ? runKey(seed, 'gradientCheck') : undefined
    const trial = tryModel({ model, name, table, key })
    const whatToCut = { loaded: this.loaded, table, prepared, trial, sharder }
    const shards = countShards(whatToCut)
    checkTaskCount({ shards, chains: settings.sampling.chains })
    checkShardable(model, { shards, by: settings.sharding.by, sharder: sharder.definition, module: name })
    checkLocals(model, trial.bound.parameters, {
      shards,
      method: settings.combination.locals,
      sampler: sampler.definition,
      module: name,
    })
    const backend = await this.#chooseBackend(prepared, trial, table, shards)
    const tables = await cutIdentifiedTable(whatToCut, shards)
    const hasLocals = shards > 1 && trial.bound.parameters.some(isLocal)
    const described = hasLocals ? describeShards(tables, { model, name, summary: trial.summary }) : undefined
    return {
      model: whole.model,
      prepared,
      sampler,
      sampling,
      table,
      trial,
      backend,
      tables: described?.tables ?? tables,
      own: described?.parameters,
    }
  }

  async #decide(cut: CutData, { id, data, shard }: { readonly id: string } & MeasuredShards): Promise<Plan> {
    const { prepared, trial, sampler, backend } = cut
    const first = bindFirstShard({ shard, shards: data.shards.length, prepared, trial })
    const powers = await this.#powers(data.shards.length, trial)
    const made = { id, createdAt: this.clock.wall(), plugins: this.registry.used, settings: this.loaded.settings }
    const record = plannedRecord({ ...cut, ...made, data, first, powers })
    const simulatedPerRow = await checkPredictions(this.loaded.settings, record, first.bound, prepared.name)
    const deterministicValues = (first.bound.deterministics ?? []).reduce((total, site) => total + valueCount(site), 0)
    const gradientSeconds = timeGradient(first.bound, powers, { key: runKey(record.seed, 'timing'), clock: this.clock })
    const priorDraws = recordedPrior(first.bound, prepared.model, record.plan) ? PRIOR_DRAWS : 0
    const measured = { gradientSeconds, deterministicValues, priorDraws, simulatedPerRow }
    return { record, model: cut.model, sampler: sampler.definition, backend, ...measured }
  }

  /** What the model of the settings is made of, bound to the first shard that a run would have, or to nothing where the settings name no data. */
  async inspect(signal: AbortSignal): Promise<ModelInspection> {
    const { settings } = this.loaded
    const folder = await mkdtemp(join(tmpdir(), 'chorale-inspect-'))
    try {
      const prepared = this.#withFixed(await prepareModel(this.loaded, this.registry, folder))
      const { fixed } = settings.sampling
      const { inspectModel } = await import('./inspect-model.js')
      if (!hasData(settings)) return inspectModel({ ...prepared, fixed })
      const table = await loadData(await findDataSource(this.registry, this.loaded), this.loaded, prepared.model, { signal })
      const trial = tryModel({ ...prepared, table, key: undefined })
      const sharder = await this.registry.find('sharder', settings.sharding.strategy)
      const whatToCut = { loaded: this.loaded, table, prepared, trial, sharder }
      const shards = countShards(whatToCut)
      const [first] = shards === 1 ? [table] : cutTable(whatToCut, shards)
      return inspectModel({ ...prepared, fixed, data: { table: first!, summary: trial.summary, rows: table.rows, shards } })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** The model as the run will sample it. */
  #withFixed(prepared: PreparedModel): PreparedModel {
    return { ...prepared, model: fixParameters(prepared.model, this.loaded.settings.sampling.fixed) }
  }

  async #checkBackendName(): Promise<void> {
    const { name } = this.loaded.settings.backend
    if (name !== 'auto' && name !== 'slurm') await this.registry.find('backend', name, askedBy(this.loaded, 'backend.name'))
  }

  #chooseBackend({ model, code }: PreparedModel, { bound }: Trial, table: Table, shards: number): Promise<ChosenBackend> {
    const { backend, sampling } = this.loaded.settings
    return chooseBackend(this.registry, {
      name: backend.name,
      model,
      inlineModel: code === null,
      shards,
      chains: sampling.chains,
      rowsPerShard: Math.ceil(table.rows / shards),
      dimension: bound.dimension,
    })
  }

  async #powers(shards: number, trial: Trial): Promise<Powers> {
    if (shards === 1) return shardPowers(1)
    const { combiner } = await findCombiner(this.registry, combinerChoice(this.loaded.settings))
    if (trial.bound.parameters.some(isLocal)) {
      requireCombinesGlobals(combiner.definition)
      return shardPowers(shards)
    }
    return plannedPowers(shards, combiner.definition)
  }
}

const hasData = ({ data }: Settings): boolean => data.path !== undefined || data.source !== undefined
