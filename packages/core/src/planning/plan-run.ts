import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { foldIn, prngKey } from '@chorale/random'

import type { Clock } from '../clock.js'
import {
  ChoraleError,
  type Key,
  type LoadedTable,
  type Model,
  type SamplerDefinition,
  type SamplingSettings,
  type Table,
} from '../contracts/index.js'
import { fixParameters } from '../model/fix-parameters.js'
import { shardPowers } from './shard-powers.js'
import type { RunObserver } from '../run-event.js'
import type { Stopwatch } from '../stopwatch.js'
import type { Found, PluginRegistry } from '../plugins/index.js'
import { createRunDirectory, writeRunRecord, writeShards, type RunRecord, type WrittenData } from '../run-directory/index.js'
import { settingsToJson, type LoadedSettings, type Settings } from '../settings/index.js'
import { VERSION } from '../version.js'
import { identifiedShards } from './check-flat-priors.js'
import { checkCombiner, combinerChoice } from './choose-combiner.js'
import { bindFirstShard, type FirstShard } from './first-shard.js'
import { chooseBackend, type ChosenBackend } from './choose-backend.js'
import { flatCoordinates } from './flat-prior.js'
import { inspectModel, type ModelInspection } from './inspect-model.js'
import { findDataSource, loadData } from './load-data.js'
import { checkShardable } from './model-rules.js'
import { planSampling } from './plan-sampling.js'
import { beginModel, prepareModel, type PreparedModel } from './prepare-model.js'
import { checkedAssignment, distinct, shardTables } from './shard-table.js'
import { shardCount } from './shard-count.js'
import { tryModel, type Trial } from './try-model.js'

/** A planned run: its directory holds everything that executing it needs. */
export interface PlannedRun {
  readonly path: string
  readonly record: RunRecord
  /** With all its parameters, also those that the plan fixes. */
  readonly model: Model
  readonly sampler: SamplerDefinition
  readonly backend: ChosenBackend
}

/** Keys of a run's own randomness lie apart from those of its chains, whose first fold is a shard's number. */
const SHARDING_STREAM = 0xc0_0002
const GRADIENT_STREAM = 0xc0_0003
const FLAT_PRIOR_STREAM = 0xc0_0005

/** Plans runs: from settings to a run directory with data, code and `run.json`. A plan that fails leaves no directory behind. */
export class Planner {
  constructor(
    private readonly loaded: LoadedSettings,
    private readonly registry: PluginRegistry,
    private readonly clock: Clock,
    private readonly observe: RunObserver,
  ) {}

  async plan(signal: AbortSignal, stopwatch: Stopwatch): Promise<PlannedRun> {
    stopwatch.enter('planning')
    const { settings, folder } = this.loaded
    await this.registry.locate('sampler', settings.sampling.name)
    const begun = await beginModel(this.loaded, this.registry)
    await checkCombiner(this.registry, combinerChoice(this.loaded.settings))
    const source = await findDataSource(this.registry, this.loaded)
    const sharder = await this.registry.find('sharder', settings.sharding.strategy)
    await this.#checkBackendName()

    const run = await createRunDirectory(resolve(folder, settings.output.directory), {
      wall: this.clock.wall(),
      access: settings.output.mode,
    })
    try {
      this.observe({ type: 'stage', stage: 'bundle', detail: 'model and sampler' })
      const whole = await prepareModel(this.loaded, this.registry, run.path, begun)
      const { sampler } = whole
      const sampling = await planSampling(sampler, this.loaded)
      const prepared = this.#withFixed(whole)
      this.observe({ type: 'stage', stage: 'data', detail: settings.data.path ?? source.definition.name })
      stopwatch.enter('data')
      const table = await loadData(source, this.loaded, prepared.model, { signal })
      stopwatch.enter('planning')
      const { model, name } = prepared
      const key = settings.validation.gradientCheck ? this.#key(GRADIENT_STREAM) : undefined
      const trial = tryModel({ model, name, table, key })
      const shards = this.#countShards(table, prepared, trial, sharder)
      checkShardable(model, trial.bound, { shards, by: settings.sharding.by, sharder: sharder.definition, module: name })
      const backend = await this.#chooseBackend(prepared, trial, table, shards)
      const data = await writeShards(run.path, this.#shardTables(table, sharder, shards, prepared, trial))
      const first = await bindFirstShard({ run: run.path, prepared, trial, data })
      const record = this.#record(run.id, { prepared, trial, table, data, sampler, sampling, backend, first })
      await writeRunRecord(run.path, record)
      return { path: run.path, record, model: whole.model, sampler: sampler.definition, backend }
    } catch (error) {
      await rm(run.path, { recursive: true, force: true })
      throw error
    }
  }

  /** What the model of the settings is made of, bound to the first shard that a run would have, or to nothing where the settings name no data. */
  async inspect(signal: AbortSignal): Promise<ModelInspection> {
    const { settings } = this.loaded
    const folder = await mkdtemp(join(tmpdir(), 'chorale-inspect-'))
    try {
      const prepared = this.#withFixed(await prepareModel(this.loaded, this.registry, folder))
      const { fixed } = settings.sampling
      if (!hasData(settings)) return inspectModel({ ...prepared, fixed })
      const table = await loadData(await findDataSource(this.registry, this.loaded), this.loaded, prepared.model, { signal })
      const trial = tryModel({ ...prepared, table, key: undefined })
      const sharder = await this.registry.find('sharder', settings.sharding.strategy)
      const shards = this.#countShards(table, prepared, trial, sharder)
      const [first] = shards === 1 ? [table] : shardTables(table, this.#assign(table, sharder, shards), shards)
      return inspectModel({ ...prepared, fixed, data: { table: first!, summary: trial.summary, rows: table.rows, shards } })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** This planner with other settings. */
  withSettings(change: (loaded: LoadedSettings) => LoadedSettings): Planner {
    return new Planner(change(this.loaded), this.registry, this.clock, this.observe)
  }

  /** The model as the run will sample it. */
  #withFixed(prepared: PreparedModel): PreparedModel {
    return { ...prepared, model: fixParameters(prepared.model, this.loaded.settings.sampling.fixed) }
  }

  /** The rows of each shard; of several shards each once it is found to determine the parameters with a flat prior. */
  #shardTables(table: Table, sharder: Found<'sharder'>, shards: number, { model, name }: PreparedModel, trial: Trial): Iterable<Table> {
    const tables = shardTables(table, this.#assign(table, sharder, shards), shards)
    const coordinates = flatCoordinates(trial.bound.parameters).length
    if (shards === 1 || coordinates === 0) return tables
    return identifiedShards(tables, { model, summary: trial.summary, shards, module: name, key: this.#key(FLAT_PRIOR_STREAM), coordinates })
  }

  /** Before data are read: a name that does not exist must not cost minutes. */
  async #checkBackendName(): Promise<void> {
    const { name } = this.loaded.settings.backend
    if (name !== 'auto' && name !== 'slurm') await this.registry.find('backend', name, this.#originOf('backend.name'))
  }

  #originOf(path: string): string {
    const origin = this.loaded.origins.get(path)
    return origin === undefined || origin === 'default' ? path : `${origin}: ${path}`
  }

  #countShards(table: Table, { model }: PreparedModel, { bound }: Trial, sharder: Found<'sharder'>): number {
    const { sharding } = this.loaded.settings
    const unasked = sharding.shards === 'auto' && sharding.rowsPerShard === 'auto'
    const whole = model.rows === 'joint' || bound.parameters.some(({ scope }) => scope === 'local')
    if (unasked && whole) return 1
    const wanted = shardCount({ ...sharding, rows: table.rows, dimension: bound.dimension })
    const groups = unasked && sharder.definition.keepsGroups ? distinct(table, sharding.by) : Infinity
    const shards = Math.min(wanted, groups)
    if (shards <= table.rows) return shards
    throw new ChoraleError('CHORALE_SHARDING_TOO_MANY_SHARDS', `${shards} shards were asked for, but there are only ${table.rows} rows`, {
      askedBy: `${this.#originOf('sharding.shards')} (${sharder.definition.name})`,
      fix: 'sharding.shards: auto',
    })
  }

  #assign(table: Table, { definition }: Found<'sharder'>, shards: number): Uint32Array {
    const { by } = this.loaded.settings.sharding
    if (definition.needsColumn && by === undefined) {
      throw new ChoraleError(
        'CHORALE_SHARDING_NEEDS_COLUMN',
        `The sharding strategy "${definition.name}" works on a column, and none is named`,
        {
          askedBy: this.#originOf('sharding.strategy'),
          fix: 'sharding.by: <column>',
        },
      )
    }
    const values = table.columns.find(column => column.name === by)?.values
    const request = {
      shards,
      rows: table.rows,
      key: this.#key(SHARDING_STREAM),
      ...(definition.needsColumn && values ? { by: values } : {}),
    }
    return checkedAssignment(definition.assign(request), request, definition.name)
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

  #key(stream: number): Key {
    return foldIn(prngKey(this.loaded.settings.sampling.seed), stream)
  }

  #record(id: string, made: RecordParts): RunRecord {
    const { settings } = this.loaded
    const { prepared, trial, table, data, sampler, sampling, backend, first } = made
    const { fixed } = settings.sampling
    return {
      format: 1,
      id,
      createdAt: this.clock.wall(),
      versions: { chorale: VERSION, node: process.versions.node, v8: process.versions.v8, arch: process.arch, platform: process.platform },
      settings: settingsToJson(settings),
      seed: settings.sampling.seed,
      plan: {
        shards: data.shards,
        chains: settings.sampling.chains,
        backend: backend.backend.definition.name,
        combiner: settings.combination.name,
        sampler: { ...sampler.code, name: sampler.definition.name },
        sampling,
        ...(Object.keys(fixed).length === 0 ? {} : { fixed }),
        powers: shardPowers(data.shards.length),
        dimension: first.bound.dimension,
        parameters: first.bound.parameters,
        summary: trial.summary,
      },
      plugins: this.registry.used,
      code: prepared.code,
      data: {
        directory: data.directory,
        fingerprint: data.fingerprint,
        rows: { total: table.rows + table.dropped, used: table.rows },
        labels: Object.fromEntries(table.columns.flatMap(({ name, labels }) => (labels ? [[name, labels]] : []))),
      },
      kernels: first.kernels,
    }
  }
}

const hasData = ({ data }: Settings): boolean => data.path !== undefined || data.source !== undefined

interface RecordParts {
  readonly prepared: PreparedModel
  readonly trial: Trial
  readonly table: LoadedTable
  readonly data: WrittenData
  readonly sampler: Found<'sampler'>
  readonly sampling: SamplingSettings
  readonly backend: ChosenBackend
  readonly first: FirstShard
}
