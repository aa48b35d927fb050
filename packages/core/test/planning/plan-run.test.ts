import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { systemClock } from '../../src/clock.js'
import type { BoundModel, Model, ParameterInfo, Plugin, SamplerDefinition } from '../../src/contracts/index.js'
import { combinerChoice } from '../../src/planning/choose-combiner.js'
import { flatPriorWarning } from '../../src/planning/flat-priors/flat-prior.js'
import { Planner } from '../../src/planning/plan-run.js'
import { PluginRegistry } from '../../src/plugins/index.js'
import { loadShard, layout, openRunDirectory } from '../../src/run-directory/index.js'
import { sampleTasks } from '../../src/planning/sample-tasks.js'
import { startStopwatch } from '../../src/stopwatch.js'
import { fileLayer, resolveLayers } from '../../src/settings/parse.js'
import { temporaryFolder } from '../job/tiny-run.js'
import { gaussianSampler, normalModel, recordingBackend } from '../pipeline/gaussian-run.js'

const COMPLETING: SamplerDefinition = {
  ...gaussianSampler(),
  name: 'completing',
  options: { type: 'object', properties: { file: { type: 'string' } } },
  planSettings: ({ options, ...request }, { folder, chains }) =>
    Promise.resolve({ warmup: 77, ...request, options: { file: join(folder, options['file'] as string), chains } }),
}
const BROKEN: SamplerDefinition = { ...gaussianSampler(), name: 'broken', planSettings: request => ({ ...request, warmup: 1, draws: 0 }) }

const PLUGIN: Plugin = {
  name: 'test',
  apiVersion: 1,
  samplers: [gaussianSampler(), COMPLETING, BROKEN],
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

async function plannerOf({ model = GOOD, ...sections }: Settings = {}) {
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
  return { planner: new Planner(loaded, await registryOf(folder), systemClock, () => undefined), folder, loaded }
}

async function plan(settings: Settings = {}) {
  const { planner, folder, loaded } = await plannerOf(settings)
  const outcome = await planner.plan(new AbortController().signal, startStopwatch(systemClock)).then(
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
/** A mean for each site that the rows show. */
const perSite: Model = {
  rows: 'independent',
  dataNames: ['y1', 'site'],
  bind: data => {
    const [y, site] = [data.column('y1'), data.column('site')]
    const size = 1 + Math.max(...site)
    return {
      parameters: [{ name: 'site', shape: [size], support: 'real', scope: 'local', offset: 0, size }],
      dimension: size,
      logDensityInto(gradient, position, { likelihood }) {
        gradient.set(position.map(x => -likelihood * x))
        let value = position.reduce((total, x) => total - 0.5 * x * x, 0)
        y.forEach((_, row) => {
          const rest = y[row]! - position[site[row]!]!
          value -= 0.5 * rest * rest
          gradient[site[row]!]! += likelihood * rest
        })
        return likelihood * value
      },
      constrainInto: (values, position) => values.set(position),
      unconstrainInto: (position, values) => position.set(values),
    }
  },
}
/** The normal model, and an effect of each site that its rows do not show. */
const sited: Model = {
  ...GOOD,
  rows: { by: 'site' },
  dataNames: [...GOOD.dataNames, 'site'],
  bind(data, summary) {
    const bound = GOOD.bind(data, summary)
    const sites = [...new Set(data.column('site'))].map(site => site / 10).sort()
    const effect: ParameterInfo = {
      name: 'effect',
      shape: [sites.length],
      support: 'real',
      scope: 'local',
      offset: 2,
      size: sites.length,
      levels: [sites],
    }
    return {
      ...bound,
      parameters: [...bound.parameters, effect],
      dimension: 2 + sites.length,
      logDensityInto(gradient, position, powers) {
        const value = bound.logDensityInto(gradient, position, powers)
        const effects = position.subarray(2)
        gradient.set(
          effects.map(x => -powers.likelihood * x),
          2,
        )
        return value - 0.5 * powers.likelihood * effects.reduce((total, x) => total + x * x, 0)
      },
    }
  },
}
const withLocal = bindWith(bound => ({ parameters: bound.parameters.map((p): ParameterInfo => ({ ...p, scope: 'local' })) }))
const wrongGradient = bindWith(bound => ({
  logDensityInto: (gradient, position, powers) => {
    const value = bound.logDensityInto(gradient, position, powers)
    gradient[1]! *= 2
    return value
  },
}))
const twice = bindWith(bound => ({
  deterministics: [{ name: 'mu', shape: [] }],
  deterministicInto: () => undefined,
  parameters: bound.parameters,
}))
const forgotten = bindWith(() => ({ deterministics: [{ name: 'theta', shape: [] }] }))
const throwingSite = bindWith(() => ({
  deterministics: [{ name: 'theta', shape: [] }],
  deterministicInto: () => {
    throw new TypeError('no such site')
  },
}))
const throwing: Model = {
  ...GOOD,
  bind: () => {
    throw new TypeError('no such level')
  },
}

describe('a preview', () => {
  const NOWHERE = { id: expect.any(String) as string, createdAt: expect.any(Number) as number }
  const UNWRITTEN = { digest: expect.any(String) as string, bytes: expect.any(Number) as number }

  test.each([
    ['of shards', {}],
    ['of shards with parameters of their own', { model: sited, sharding: { shards: 5, strategy: 'by-group', by: 'site' } }],
    ['of one shard', { sharding: { enable: 'never' } }],
  ])('%s is the plan without its digests, and writes nothing', async (_, settings) => {
    const { planned } = await madePlan(settings)
    const { planner, folder } = await plannerOf(settings)
    const { record } = await planner.preview(new AbortController().signal)
    await expect(access(join(folder, 'runs'))).rejects.toThrow()
    const { plan: made, data } = planned.record
    const shards = made.shards.map(shard => ({ ...shard, ...UNWRITTEN }))
    const anywhere = { ...data, directory: '', fingerprint: '' }
    expect(record).toEqual({ ...planned.record, ...NOWHERE, plan: { ...made, shards }, data: anywhere })
    // Columns without the header of their file.
    made.shards.forEach(({ bytes }, i) => expect(bytes - record.plan.shards[i]!.bytes).toBeLessThan(400))
  })

  test('is refused as the plan is', async () => {
    const { planner } = await plannerOf({ model: wrongGradient })
    await expect(planner.preview(new AbortController().signal)).rejects.toMatchObject({ code: 'CHORALE_MODEL_GRADIENT' })
  })

  test('knows the time of a gradient', async () => {
    const { planner } = await plannerOf()
    expect((await planner.preview(new AbortController().signal)).gradientSeconds).toBeLessThan(0.01)
  })
})

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

  test('records how the model computes the likelihood of the first shard', async () => {
    const described: number[] = []
    const model: Model = {
      ...GOOD,
      describe: data => {
        described.push(data.rows)
        return {
          dimension: 2,
          rowsReason: 'as written',
          plates: [],
          sites: [],
          kernels: [{ site: 'y', kernel: 'sums', reason: 'normal with known scale' }],
        }
      },
    }
    const { planned } = await madePlan({ model })
    const { record } = await openRunDirectory(planned.path)
    expect([record.kernels, described]).toEqual([[{ site: 'y', kernel: 'sums', reason: 'normal with known scale' }], [ROWS / 3]])
  })

  test('of a model with local parameters has one shard unless asked, and those of all rows, not only of the first thousand', async () => {
    const rows = 1500
    const y = Array.from({ length: rows }, (_, row) => Math.sin(row))
    const site = y.map((_, row) => Math.floor(row / 100))
    const { planned } = await madePlan({
      model: perSite,
      data: { columns: { y1: y, y2: y, site } },
      sharding: { minRows: 1, minRowsPerShard: 1, minRowsPerParameter: 1, enable: 'always' },
    })
    const { shards, dimension, parameters } = planned.record.plan
    expect([shards.length, dimension, parameters[0]!.shape]).toEqual([1, 15, [15]])
  })

  test('of a model with local parameters by group records those of each shard, by the numbers of the data set', async () => {
    const { planned } = await madePlan({ model: sited, sharding: { shards: 3, strategy: 'by-group', by: 'site' } })
    const { plan } = (await openRunDirectory(planned.path)).record
    expect(plan).toEqual(planned.record.plan)
    expect(plan.powers).toEqual({ prior: 1 / 3, jacobian: 1 / 3, likelihood: 1 })
    const levels = plan.shards.map(({ parameters }) => parameters![1]!.levels![0]!)
    expect(levels.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4])
    for (const [shard, { rows, parameters, digest }] of plan.shards.entries()) {
      const data = await loadShard(layout.shardFile(planned.path, planned.record.data.directory, shard), digest)
      expect([...new Set(data.column('site'))].map(site => site / 10).sort()).toEqual(levels[shard])
      expect([parameters![1]!.size, rows]).toEqual([levels[shard]!.length, 12 * levels[shard]!.length])
    }
    expect(sampleTasks(planned.record, plan.sampling, 1, 0)[0]!.load.dimension).toBe(2 + levels[1]!.length)
  })

  test('has as many combined draws as the chains of a shard, but at least 4000, unless the settings say', async () => {
    const { loaded } = await plan({ sampling: { name: 'gaussian', chains: 3, draws: 70 } })
    expect(combinerChoice(loaded.settings)).toEqual({ name: 'gaussian', options: {}, draws: 4000 })
  })
})

describe('what chains run with', () => {
  const ASKED = { draws: 1000, targetAcceptProb: 0.8, maxTreeDepth: 10, thin: 1, saveWarmup: false, options: {} }
  const samplingOf = async (sampling: object) => (await madePlan({ sampling })).planned.record.plan.sampling

  test('is what the settings say, with a warmup of 1000 where nobody says', async () => {
    expect(await samplingOf({ name: 'gaussian' })).toEqual({ ...ASKED, warmup: 1000 })
    const said = { warmup: 5, draws: 60, thin: 3, saveWarmup: true, targetAcceptProb: 0.9, maxTreeDepth: 4 }
    expect(await samplingOf({ name: 'gaussian', ...said })).toEqual({ ...said, options: {} })
  })
  test('is completed by the sampler, which knows the folder of the settings and how many chains there are', async () => {
    expect(await samplingOf({ name: 'completing', chains: 3, file: 'start.json' })).toEqual({
      ...ASKED,
      warmup: 77,
      options: { file: expect.stringMatching(/^\/.*\/start\.json$/), chains: 3 },
    })
    expect((await samplingOf({ name: 'completing', warmup: 4, file: 'x' })).warmup).toBe(4)
  })
  test('is plain JSON, or the sampler is at fault', async () => {
    const made = await plan({ sampling: { name: 'broken' } })
    expect('error' in made && [made.error.code, made.error.message]).toEqual([
      'CHORALE_SAMPLER_BROKEN',
      expect.stringMatching(/"broken" returned settings that no task can have[^]*draws/),
    ])
    expect(made.runs).toEqual([])
  })
})

describe('fixed parameters', () => {
  const model = bindWith(bound => ({
    parameters: ['alpha', 'beta'].map((name, offset): ParameterInfo => ({ ...bound.parameters[0]!, name, shape: [], offset, size: 1 })),
  }))
  test('are in the plan, and no parameters of it', async () => {
    const { planned } = await madePlan({ model, sampling: { name: 'gaussian', fixed: { alpha: 2 } } })
    const { plan: made } = (await openRunDirectory(planned.path)).record
    expect(made.fixed).toEqual({ alpha: 2 })
    expect([made.dimension, made.parameters.map(({ name, offset }) => [name, offset])]).toEqual([1, [['beta', 0]]])
  })
  test('are checked before the run exists', async () => {
    const made = await plan({ model, sampling: { name: 'gaussian', fixed: { alhpa: 2 } } })
    expect('error' in made && [made.error.code, made.error.details.askedBy]).toEqual(['CHORALE_FIXED_PARAMETER', 'sampling.fixed.alhpa'])
    expect(made.runs).toEqual([])
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
    ['two sites of one name', { model: twice }, 'CHORALE_MODEL_DUPLICATE_SITE', '"mu"'],
    ['deterministic sites that nothing computes', { model: forgotten }, 'CHORALE_MODEL_INVALID', 'deterministicInto'],
    ['deterministic sites that throw', { model: throwingSite }, 'CHORALE_MODEL_THREW', 'no such site'],
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

describe('flat priors in several shards', () => {
  /** y1 ~ Normal(a + b1 x1 + b2 x2, 1) with these priors of b1 and b2. */
  const regression = (prior: 'flat' | 'proper'): Model => ({
    rows: 'independent',
    dataNames: ['y1', 'x1', 'x2'],
    bind: data => {
      const [y, ...x] = ['y1', 'x1', 'x2'].map(name => data.column(name))
      const precision = prior === 'flat' ? 0 : 1
      return {
        parameters: [
          { name: 'a', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 },
          { name: 'b', shape: [2], support: 'real', scope: 'global', offset: 1, size: 2, prior },
        ],
        dimension: 3,
        logDensityInto(gradient, [a, ...b], powers) {
          gradient.set([-powers.prior * a!, ...b.map(value => -powers.prior * precision * value)])
          let value = -0.5 * powers.prior * (a! * a! + precision * b.reduce((total, v) => total + v * v, 0))
          y!.forEach((_, row) => {
            const rest = y![row]! - a! - x[0]![row]! * b[0]! - x[1]![row]! * b[1]!
            value -= 0.5 * powers.likelihood * rest * rest
            gradient[0]! += powers.likelihood * rest
            x.forEach((column, j) => (gradient[1 + j]! += powers.likelihood * rest * column[row]!))
          })
          return value
        },
        constrainInto: (values, position) => values.set(position),
        unconstrainInto: (position, values) => position.set(values),
      }
    },
  })
  const noise = (phase: number) => Y.map((_, row) => Math.sin(12.9898 * row + phase))
  /** Three shards of consecutive rows; in the last one the second column is what `last` says. */
  const lastThird = (last: (x1: number) => number) => ({
    data: { columns: { y1: Y, x1: noise(1), x2: noise(2).map((x, row) => (row < 40 ? x : last(noise(1)[row]!))) } },
    sharding: { shards: 3, strategy: 'contiguous' },
  })
  const failure = async (settings: Settings) => {
    const made = await plan(settings)
    if (!('error' in made)) throw new Error('planned')
    expect(made.runs).toEqual([])
    return made.error
  }

  test('are refused where a shard has only zeros in a column: shard and coefficient are named', async () => {
    const error = await failure({ model: regression('flat'), ...lastThird(() => 0) })
    expect(error).toMatchObject({
      code: 'CHORALE_FLAT_PRIOR_NOT_IDENTIFIED',
      message: 'The rows of shard 2 say nothing about "b[2]", whose prior is flat: its posterior is improper',
    })
  })
  test('are refused where two columns of a shard are proportional', async () => {
    const error = await failure({ model: regression('flat'), ...lastThird(x1 => -2 * x1) })
    expect(error).toMatchObject({
      code: 'CHORALE_FLAT_PRIOR_NOT_IDENTIFIED',
      message: expect.stringContaining('The rows of shard 2 do not tell "b[1]" and "b[2]" apart'),
    })
  })
  test('pass where each shard determines them, and the run remembers that they are flat', async () => {
    const { planned } = await madePlan({ model: regression('flat'), ...lastThird(x1 => x1 * x1) })
    const { record } = await openRunDirectory(planned.path)
    expect(flatPriorWarning(record.plan.parameters, 3)).toMatchObject({
      code: 'CHORALE_FLAT_PRIOR',
      message: expect.stringMatching(/^b has a flat prior: .* 3 shards/),
    })
  })
  test('are no matter in one shard', async () => {
    const { planned } = await madePlan({ model: regression('flat'), ...lastThird(() => 0), sharding: { shards: 1 } })
    expect(flatPriorWarning(planned.record.plan.parameters, 1)).toBeUndefined()
  })
  test('are not meant by a proper prior, whatever the rows say', async () => {
    const { planned } = await madePlan({ model: regression('proper'), ...lastThird(() => 0) })
    expect(flatPriorWarning(planned.record.plan.parameters, 3)).toBeUndefined()
  })
})
