import type { LoadedTable, ParameterInfo, Powers, SamplingSettings } from '../contracts/index.js'
import type { Found } from '../plugins/index.js'
import type { RunRecord, WrittenData } from '../run-directory/index.js'
import { settingsToJson } from '../settings/record.js'
import type { Settings } from '../settings/schema.js'
import { VERSION } from '../version.js'
import type { ChosenBackend } from './choose-backend.js'
import type { DescribedShards } from './shards/describe-shards.js'
import type { FirstShard } from './shards/first-shard.js'
import type { PreparedModel } from './prepare-model.js'
import type { Trial } from './try-model.js'

/** What was decided about a run. */
export interface Decisions {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly settings: Settings
  readonly plugins: RunRecord['plugins']
  readonly prepared: PreparedModel
  readonly trial: Trial
  readonly table: LoadedTable
  readonly data: WrittenData
  readonly sampler: Found<'sampler'>
  readonly sampling: SamplingSettings
  readonly backend: ChosenBackend
  readonly first: FirstShard
  readonly powers: Powers
  /** Parameters of each shard, where some are local. */
  readonly own: DescribedShards['parameters'] | undefined
}

/** Of a shard with local parameters they are recorded with it; elsewhere they say nothing. */
const withoutLevels = ({ levels: _, ...parameter }: ParameterInfo): ParameterInfo => parameter

/** The record of a planned run. */
export function plannedRecord(made: Decisions): RunRecord {
  const { id, createdAt, settings, plugins, prepared, trial, table, data, sampler, sampling, backend, first, powers, own } = made
  const { fixed } = settings.sampling
  return {
    format: 1,
    id,
    createdAt,
    versions: { chorale: VERSION, node: process.versions.node, v8: process.versions.v8, arch: process.arch, platform: process.platform },
    settings: settingsToJson(settings),
    seed: settings.sampling.seed,
    plan: {
      shards: own ? data.shards.map((shard, i) => ({ ...shard, parameters: own[i]! })) : data.shards,
      chains: settings.sampling.chains,
      backend: backend.backend.definition.name,
      ...(backend.backend.definition.capabilities.detachable ? { detachable: true } : {}),
      combiner: settings.combination.name,
      sampler: { ...sampler.code, name: sampler.definition.name },
      sampling,
      ...(Object.keys(fixed).length === 0 ? {} : { fixed }),
      powers,
      dimension: first.bound.dimension,
      parameters: first.bound.parameters.map(withoutLevels),
      summary: trial.summary,
    },
    plugins,
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
