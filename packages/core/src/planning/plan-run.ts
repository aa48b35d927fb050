import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'

import { foldIn, prngKey } from '@chorale/random'

import type { Clock } from '../clock.js'
import {
  ChoraleError,
  isChoraleError,
  type BoundModel,
  type Json,
  type Key,
  type LoadedTable,
  type Model,
  type Table,
} from '../contracts/index.js'
import { shardPowers } from './shard-powers.js'
import type { RunObserver } from '../run-event.js'
import { optionsOf, type Found, type PluginRegistry } from '../plugins/index.js'
import { createRunDirectory, toShardData, writeRunRecord, writeShards, type RunRecord } from '../run-directory/index.js'
import { sectionOptions, settingsToJson, type LoadedSettings } from '../settings/index.js'
import { VERSION } from '../version.js'
import { checkGradient } from './check-gradient.js'
import { checkPowers } from './check-powers.js'
import { combinerChoice, findCombiner } from './choose-combiner.js'
import { chooseBackend, type ChosenBackend } from './choose-backend.js'
import { findDataSource, loadData } from './load-data.js'
import { checkShardable } from './model-rules.js'
import { prepareModel, type PreparedModel } from './prepare-model.js'
import { checkedAssignment, distinct, head, shardTables } from './shard-table.js'
import { shardCount } from './shard-count.js'

/** A planned run: its directory holds everything that executing it needs. */
export interface PlannedRun {
  readonly path: string
  readonly record: RunRecord
  readonly model: Model
  readonly backend: ChosenBackend
}

/** Rows on which dimension, parameters and gradient of a model are tried before its shards exist. */
const TRIAL_ROWS = 1000
/** Keys of a run's own randomness lie apart from those of its chains, whose first fold is a shard's number. */
const SHARDING_STREAM = 0xc0_0002
const GRADIENT_STREAM = 0xc0_0003

/** Plans runs: from settings to a run directory with data, code and `run.json`. A plan that fails leaves no directory behind. */
export class Planner {
  constructor(
    private readonly loaded: LoadedSettings,
    private readonly registry: PluginRegistry,
    private readonly clock: Clock,
    private readonly observe: RunObserver,
  ) {}

  async plan(signal: AbortSignal): Promise<PlannedRun> {
    const { settings, folder } = this.loaded
    const sampler = await this.registry.find('sampler', settings.sampling.name)
    optionsOf(sampler, sectionOptions(settings, 'sampling'))
    await findCombiner(this.registry, combinerChoice(this.loaded.settings))
    const source = await findDataSource(this.registry, this.loaded)
    const sharder = await this.registry.find('sharder', settings.sharding.strategy)
    await this.#checkBackendName()

    const run = await createRunDirectory(resolve(folder, settings.output.directory), {
      wall: this.clock.wall(),
      access: settings.output.mode,
    })
    try {
      this.observe({ type: 'stage', stage: 'bundle', detail: 'model and sampler' })
      const prepared = await prepareModel(this.loaded, sampler, run.path)
      this.observe({ type: 'stage', stage: 'data', detail: settings.data.path ?? source.definition.name })
      const table = await loadData(source, this.loaded, prepared.model, { signal })
      const trial = this.#tryModel(prepared, table)
      const shards = this.#countShards(table, prepared, trial.bound.dimension, sharder)
      checkShardable(prepared.model, trial.bound, { shards, by: settings.sharding.by, sharder: sharder.definition, module: prepared.name })
      const backend = await this.#chooseBackend(prepared, trial.bound, table, shards)
      const data = await writeShards(run.path, shardTables(table, this.#assign(table, sharder, shards), shards))
      const record = this.#record(run.id, { prepared, trial, table, data, sampler, backend })
      await writeRunRecord(run.path, record)
      return { path: run.path, record, model: prepared.model, backend }
    } catch (error) {
      await rm(run.path, { recursive: true, force: true })
      throw error
    }
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

  #tryModel({ model, name }: PreparedModel, table: LoadedTable) {
    const rows = model.rows === 'independent' ? TRIAL_ROWS : table.rows
    const { summary, bound } = whatModelSays(name, () => {
      const summary: Json = model.summarize?.(toShardData(table)) ?? null
      return { summary, bound: model.bind(toShardData(head(table, rows)), summary) }
    })
    if (this.loaded.settings.validation.gradientCheck) {
      whatModelSays(name, () => {
        checkPowers(bound, this.#key(GRADIENT_STREAM), name)
        checkGradient(bound, shardPowers(1), this.#key(GRADIENT_STREAM), name)
      })
    }
    return { bound, summary }
  }

  #countShards(table: Table, { model }: PreparedModel, dimension: number, sharder: Found<'sharder'>): number {
    const { sharding } = this.loaded.settings
    const unasked = sharding.shards === 'auto' && sharding.rowsPerShard === 'auto'
    if (unasked && model.rows === 'joint') return 1
    const wanted = shardCount({ ...sharding, rows: table.rows, dimension })
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

  #chooseBackend({ model, code }: PreparedModel, bound: BoundModel, table: Table, shards: number): Promise<ChosenBackend> {
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
    const { prepared, trial, table, data, sampler, backend } = made
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
        powers: shardPowers(data.shards.length),
        dimension: trial.bound.dimension,
        parameters: trial.bound.parameters,
        summary: trial.summary,
      },
      plugins: this.registry.loaded,
      code: prepared.code,
      data: {
        directory: data.directory,
        fingerprint: data.fingerprint,
        rows: { total: table.rows + table.dropped, used: table.rows },
        labels: Object.fromEntries(table.columns.flatMap(({ name, labels }) => (labels ? [[name, labels]] : []))),
      },
      kernels: [],
    }
  }
}

/** What a model's own function returns; what it throws becomes an error that names the model. */
function whatModelSays<T>(module: string, ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    if (isChoraleError(error)) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new ChoraleError('CHORALE_MODEL_THREW', `The model threw while it was tried on the first rows: ${message}`, {
      askedBy: `model: ${module}`,
      fix: 'correct summarize, bind or logDensityInto of the model',
      cause: error,
    })
  }
}

interface RecordParts {
  readonly prepared: PreparedModel
  readonly trial: { readonly bound: BoundModel; readonly summary: Json }
  readonly table: LoadedTable
  readonly data: Awaited<ReturnType<typeof writeShards>>
  readonly sampler: Found<'sampler'>
  readonly backend: ChosenBackend
}
