import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { systemClock } from '../../src/clock.js'
import type { BoundModel, Model, ParameterInfo, Plugin } from '../../src/contracts/index.js'
import { combinerChoice } from '../../src/planning/choose-combiner.js'
import { Planner } from '../../src/planning/plan-run.js'
import { PluginRegistry } from '../../src/plugins/index.js'
import { loadShard, layout, openRunDirectory } from '../../src/run-directory/index.js'
import { fileLayer, resolveLayers } from '../../src/settings/parse.js'
import { temporaryFolder } from '../job/tiny-run.js'
import { gaussianSampler, normalModel, recordingBackend } from '../pipeline/gaussian-run.js'

const PLUGIN: Plugin = {
  name: 'test',
  apiVersion: 1,
  samplers: [gaussianSampler()],
  backends: [recordingBackend([])],
  sharders: [{ name: 'forgetful', summary: '', needsColumn: false, keepsGroups: false, assign: ({ rows }) => new Uint32Array(rows) }],
}

async function registryOf(folder: string): Promise<PluginRegistry> {
  const builtin = (name: string, load: () => Promise<{ default: Plugin }>) => ({ package: name, url: `test:${name}`, load })
  const registry = new PluginRegistry({
    builtins: [builtin('@chorale/data', () => import('@chorale/data')), builtin('@chorale/combiners', () => import('@chorale/combiners'))],
    folder,
  })
  await registry.register(PLUGIN, 'plugins')
  return registry
}

const ROWS = 60
const Y = Array.from({ length: ROWS }, (_, i) => Math.sin(i))
const SITES = Array.from({ length: ROWS }, (_, i) => (i % 5) * 10)
const GOOD = normalModel({ priorSd: 1, precision: 1 })

interface Settings {
  readonly model?: Model
  readonly [section: string]: unknown
}

async function plan({ model = GOOD, ...sections }: Settings = {}) {
  const folder = await temporaryFolder()
  const input = {
    model,
    data: { columns: { y1: Y, y2: Y.map(y => -y), site: SITES } },
    backend: 'recording',
    sampling: { name: 'gaussian', seed: 3 },
    combination: 'gaussian',
    sharding: { shards: 3 },
    ...sections,
  }
  const loaded = { ...resolveLayers([fileLayer(input, 'chorale.config.ts')]), folder }
  const planner = new Planner(loaded, await registryOf(folder), systemClock, () => undefined)
  const outcome = await planner.plan(new AbortController().signal).then(
    planned => ({ planned }),
    (error: unknown) => ({ error: error as { code: string; message: string; details: { askedBy?: string } } }),
  )
  const runs = await access(join(folder, 'runs')).then(
    () => readdir(join(folder, 'runs')),
    () => [],
  )
  return { ...outcome, runs, loaded }
}

/** A plan that must succeed. */
async function madePlan(settings: Settings = {}) {
  const made = await plan(settings)
  if ('error' in made) throw made.error
  return made
}

const bindWith = (change: (bound: BoundModel) => Partial<BoundModel>): Model => ({
  ...GOOD,
  bind: (data, summary) => {
    const bound = GOOD.bind(data, summary)
    return { ...bound, ...change(bound) }
  },
})
const withLocal = bindWith(bound => ({ parameters: bound.parameters.map((p): ParameterInfo => ({ ...p, scope: 'local' })) }))
const wrongGradient = bindWith(bound => ({
  logDensityInto: (gradient, position, powers) => {
    const value = bound.logDensityInto(gradient, position, powers)
    gradient[1]! *= 2
    return value
  },
}))
const throwing: Model = {
  ...GOOD,
  bind: () => {
    throw new TypeError('no such level')
  },
}

describe('a plan', () => {
  test('is a run directory with every row in one shard and all that a job needs', async () => {
    const { planned, runs } = await madePlan()
    expect(runs).toEqual([planned.record.id])
    const { record } = await openRunDirectory(planned.path)
    expect(record).toEqual(planned.record)
    expect(record.plan).toMatchObject({
      chains: 4,
      backend: 'recording',
      dimension: 2,
      powers: { prior: 1 / 3, jacobian: 1 / 3, likelihood: 1 },
    })
    expect(record.data.rows).toEqual({ total: ROWS, used: ROWS })
    const values: number[] = []
    for (const { id, rows, digest } of record.plan.shards) {
      const shard = await loadShard(layout.shardFile(planned.path, record.data.directory, id), digest)
      expect([rows, shard.rows]).toEqual([20, 20])
      values.push(...shard.column('y1'))
    }
    expect(values.sort()).toEqual([...Y].sort())
  })

  test('cuts rows alike for equal seeds and otherwise for others', async () => {
    const fingerprint = async (seed: number) => {
      const { planned } = await madePlan({ sampling: { name: 'gaussian', seed } })
      return planned.record.data.fingerprint
    }
    const [one, again, other] = [await fingerprint(1), await fingerprint(1), await fingerprint(2)]
    expect([again === one, other === one]).toEqual([true, false])
  })

  test('of a joint model has one shard unless the settings ask for more', async () => {
    const sharding = { minRows: 1, minRowsPerShard: 1, minRowsPerParameter: 1, enable: 'always' }
    const { planned } = await madePlan({ model: { ...GOOD, rows: 'joint' }, sharding })
    expect(planned.record.plan.shards).toHaveLength(1)
    const asked = await plan({ model: { ...GOOD, rows: 'joint' }, sharding: { rowsPerShard: 20 } })
    expect('error' in asked && asked.error.code).toBe('CHORALE_MODEL_JOINT')
  })

  test('by group makes no more shards on its own than there are groups, and keeps each whole', async () => {
    const model: Model = { ...GOOD, rows: { by: 'site' } }
    const many = ROWS * ROWS
    const rows = Array.from({ length: many }, (_, i) => i)
    const data = { columns: { y1: rows.map(Math.sin), y2: rows.map(Math.cos), site: rows.map(i => i % 2) } }
    const sharding = { strategy: 'by-group', by: 'site', minRows: 1, minRowsPerShard: 100, minRowsPerParameter: 1 }
    const { planned } = await madePlan({ model, data, sharding: { ...sharding, enable: 'always' } })
    expect(planned.record.plan.shards.map(shard => shard.rows)).toEqual([many / 2, many / 2])
  })

  test('has as many combined draws as the chains of a shard, but at least 4000, unless the settings say', async () => {
    const { loaded } = await plan({ sampling: { name: 'gaussian', chains: 3, draws: 70 } })
    expect(combinerChoice(loaded.settings)).toEqual({ name: 'gaussian', options: {}, draws: 4000 })
  })
})

describe('a plan that fails leaves no run behind', () => {
  test.each<[string, Settings, string, string]>([
    ['an unknown combiner', { combination: 'consensuss' }, 'CHORALE_COMBINER_UNKNOWN', 'consensuss'],
    ['an option that the combiner does not have', { combination: { name: 'gaussian', wieghts: 1 } }, 'CHORALE_OPTIONS_INVALID', 'wieghts'],
    ['an unknown backend', { backend: 'cpuu' }, 'CHORALE_BACKEND_UNKNOWN', 'cpuu'],
    ['an unknown sampler', { sampling: 'nutz' }, 'CHORALE_SAMPLER_UNKNOWN', 'nutz'],
    ['an unknown strategy', { sharding: { strategy: 'randon' } }, 'CHORALE_SHARDER_UNKNOWN', 'randon'],
    ['no data', { data: {} }, 'CHORALE_DATA_NOT_NAMED', 'no data'],
    ['a column that is not there', { data: { columns: { y1: Y } } }, 'CHORALE_DATA_COLUMN_UNKNOWN', 'y2'],
    ['a strategy without its column', { sharding: { strategy: 'stratified', shards: 2 } }, 'CHORALE_SHARDING_NEEDS_COLUMN', 'stratified'],
    ['a joint model in shards', { model: { ...GOOD, rows: 'joint' } }, 'CHORALE_MODEL_JOINT', '3 shards'],
    ['groups that would be split', { model: { ...GOOD, rows: { by: 'site' } } }, 'CHORALE_SHARDING_SPLITS_GROUPS', 'site'],
    ['local parameters in shards', { model: withLocal }, 'CHORALE_LOCAL_PARAMETERS', 'mu'],
    ['more shards than rows', { sharding: { shards: 61 } }, 'CHORALE_SHARDING_TOO_MANY_SHARDS', '61 shards'],
    [
      'a strategy that leaves shards empty',
      { sharding: { strategy: 'forgetful', shards: 2 } },
      'CHORALE_SHARDER_BROKEN',
      'no row to shard 1',
    ],
    ['a wrong gradient', { model: wrongGradient }, 'CHORALE_MODEL_GRADIENT', 'mu[2]'],
    ['a model that throws', { model: throwing }, 'CHORALE_MODEL_THREW', 'no such level'],
    ['a module that does not exist', { model: './nowhere.ts' as never }, 'CHORALE_', 'nowhere'],
  ])('%s', async (_, settings, code, message) => {
    const made = await plan(settings)
    expect('error' in made ? made.error.code : 'planned').toContain(code)
    expect('error' in made && `${made.error.message} ${made.error.details.askedBy}`).toContain(message)
    expect(made.runs).toEqual([])
  })

  test('a gradient that is not checked is the user’s choice', async () => {
    expect('planned' in (await plan({ model: wrongGradient, validation: { gradientCheck: false } }))).toBe(true)
  })
})
