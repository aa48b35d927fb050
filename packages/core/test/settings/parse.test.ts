import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { ALL_KEYS, parseSettings, sectionOptions, settingsToJson } from '../../src/settings/index.js'
import { anySettings, FIELDS } from './any-settings.js'
import { errorOf } from './error-of.js'

const model = { rows: 'independent', dataNames: [], bind: () => ({}) } as never

describe('defaults', () => {
  test('are those of the documentation', () => {
    expect(parseSettings({})).toEqual({
      data: { factors: [], every: 1, missing: 'error' },
      sharding: {
        strategy: 'random',
        shards: 'auto',
        rowsPerShard: 'auto',
        minRowsPerShard: 10_000,
        minRowsPerParameter: 1_500,
        minRows: 100_000,
        enable: 'auto',
      },
      backend: { name: 'auto', attempts: 3 },
      sampling: {
        name: 'nuts',
        chains: 4,
        draws: 1_000,
        thin: 1,
        saveWarmup: false,
        seed: 0,
        targetAcceptProb: 0.8,
        maxTreeDepth: 10,
        restarts: 3,
        fixed: {},
      },
      combination: { name: 'auto', locals: 'conditional', evaluate: 'auto', minSuccessRate: 1 },
      validation: {
        maxRhat: 1.01,
        minEss: 400,
        minBfmi: 0.3,
        maxDivergenceRate: 0.1,
        maxTreeDepthSaturation: 0.05,
        minAcceptProb: 0.001,
        maxShift: 0.5,
        heterogeneity: 'warn',
        level: 'warn',
        levels: {},
        gradientCheck: true,
      },
      verification: { enabled: true, maxRounds: 1 },
      timeout: { task: 3_600, heartbeat: 600 },
      output: { directory: 'runs', mode: 'private', combine: 'driver', logLikelihood: false, predictive: false },
      plugins: [],
      reproducible: 'bitwise',
    })
  })
})

describe('short forms', () => {
  test('a section that chooses by name may be the name', () => {
    const { backend, sampling, combination } = parseSettings({ backend: 'cpu', sampling: 'nuts', combination: 'gaussian' })
    expect([backend.name, sampling.name, combination.name]).toEqual(['cpu', 'nuts', 'gaussian'])
    expect(backend.attempts).toBe(3)
  })

  test('a model may be a path, a path with an export, or an object', () => {
    expect(parseSettings({ model: './model.ts' }).model).toEqual({ path: './model.ts', export: 'default' })
    expect(parseSettings({ model: { path: './model.ts', export: 'density' } }).model).toEqual({ path: './model.ts', export: 'density' })
    expect(parseSettings({ model }).model).toBe(model)
  })

  test('columns are names to load, or the data', () => {
    expect(parseSettings({ data: { path: 'a.csv', columns: ['x'] } }).data).toMatchObject({ columns: ['x'] })
    const values = new Float64Array([1, NaN])
    expect(parseSettings({ data: { columns: { x: values, g: ['a', null] } } }).data).toMatchObject({
      source: 'inline',
      columns: { x: values, g: ['a', null] },
    })
    expect(errorOf(() => parseSettings({ data: { source: 'csv', columns: { x: [1] } } })).message).toContain('needs the source "inline"')
    expect(errorOf(() => parseSettings({ data: { source: 'inline', columns: ['x'] } })).message).toContain('needs a map')
    expect(errorOf(() => parseSettings({ data: { columns: { x: [1, 'a'] } } })).message).toContain('data.columns.x')
  })

  test('memory is bytes', () => {
    expect(parseSettings({ backend: { memory: '8GB' } }).backend.memory).toBe(8_000_000_000)
    expect(errorOf(() => parseSettings({ backend: { memory: '0.2 B' } })).message).toContain('size such as 8GB')
  })
})

describe('options of what a section names', () => {
  test('are kept for it', () => {
    const settings = parseSettings({
      backend: { name: 'pbs', queue: 'long' },
      sampling: { metric: 'dense', initialValues: { beta: [1, 2] } },
      data: { path: 'a.csv', delimiter: ';' },
    })
    expect(sectionOptions(settings, 'backend')).toEqual({ queue: 'long' })
    expect(sectionOptions(settings, 'sampling')).toEqual({ metric: 'dense', initialValues: { beta: [1, 2] } })
    expect(sectionOptions(settings, 'data')).toEqual({ delimiter: ';' })
  })

  test('must survive the trip to a job', () => {
    const error = errorOf(() => parseSettings({ sampling: { init: () => 0 } }))
    expect(error.code).toBe('CHORALE_SETTINGS_INVALID')
    expect(error.message).toContain('sampling.init')
  })
})

describe('unknown keys', () => {
  test.each([
    [{ modle: './m.ts' }, 'modle', 'model'],
    [{ sharding: { shard: 2 } }, 'sharding.shard', 'shards'],
    [{ draws: 100 }, 'draws', 'sampling.draws'],
    [{ timeout: { maxRhat: 2 } }, 'timeout.maxRhat', 'validation.maxRhat'],
    [{ model: { path: './m.ts', exprt: 'x' } }, 'model.exprt', 'export'],
    [{ num_sampels: 100 }, 'num_sampels', 'num_samples'],
    [{ validation: { levels: { ess_tail: 'off' } } }, 'validation.levels.ess_tail', 'essTail'],
    [{ validation: { levels: { heterogeneity: 'fail' } } }, 'validation.levels.heterogeneity', 'validation.heterogeneity'],
  ])('%j: the nearest name is offered', (input, path, suggestion) => {
    const error = errorOf(() => parseSettings(input, 'chorale.config.yaml'))
    expect(error.code).toBe('CHORALE_SETTINGS_UNKNOWN_KEY')
    expect(error.message).toContain(`${path} (chorale.config.yaml)`)
    expect(error.details.available).toContain(suggestion)
    expect(error.details.fix).toContain(suggestion)
  })
})

describe('objects that would do harm', () => {
  test.each([
    '{"__proto__": {"draws": 1}}',
    '{"backend": {"__proto__": 1}}',
    '{"sampling": {"initialValues": {"__proto__": {"polluted": 1}}}}',
  ])('a prototype is no setting: %s', text => {
    const error = errorOf(() => parseSettings(JSON.parse(text) as object))
    expect(error.code).toBe('CHORALE_SETTINGS_INVALID')
    expect(error.message).toContain('__proto__')
    expect({}).not.toHaveProperty('polluted')
  })

  test('nor is an object that contains itself', () => {
    const values: Record<string, unknown> = {}
    values['self'] = values
    expect(errorOf(() => parseSettings({ sampling: { initialValues: values } })).message).toContain('contains itself')
  })
})

describe('values that are not allowed', () => {
  test.each([
    [{ sampling: { draws: 0 } }, 'sampling.draws', '0', 'integer >= 1'],
    [{ sampling: { targetAcceptProb: 1 } }, 'sampling.targetAcceptProb', '1', 'number > 0 and < 1'],
    [{ sharding: { shards: 'many' } }, 'sharding.shards', '"many"', '"auto" or integer >= 1'],
    [{ validation: { level: 'error' } }, 'validation.level', '"error"', '"warn" or "fail"'],
    [{ validation: { maxRhat: NaN } }, 'validation.maxRhat', 'NaN', 'number > 1'],
    [{ timeout: 5 }, 'timeout', '5', 'object'],
    [{ backend: 5 }, 'backend', '5', 'object or text'],
    [{ backend: null }, 'backend', 'null', 'object or text'],
    [{ plugins: ['a', 5] }, 'plugins.1', '5', 'list of text'],
    [{ model: { path: 1 } }, 'model.path', '1', 'text'],
    [{ data: { every: 1.5 } }, 'data.every', '1.5', 'integer >= 1'],
  ])('%j', (input, path, value, allowed) => {
    const error = errorOf(() => parseSettings(input, 'here'))
    expect(error.code).toBe('CHORALE_SETTINGS_INVALID')
    expect(error.message).toContain(`${path} (here)`)
    expect(error.message).toContain(`${value} is not allowed`)
    expect(error.message).toContain(allowed)
  })

  test('what is missing is named', () => {
    expect(errorOf(() => parseSettings({ model: { export: 'x' } }, 'here')).message).toContain('model.path (here): is missing')
    expect(errorOf(() => parseSettings({ model: {} }, 'here')).code).toBe('CHORALE_SETTINGS_INVALID')
  })

  test('all of them stand in one message, in the order in which they are written', () => {
    const error = errorOf(() =>
      parseSettings({ timeout: { task: -1 }, sampling: { wramup: 3, draws: 'x' }, shading: {}, sharding: { shards: 0 } }, 'here'),
    )
    const lines = error.message.split('\n').map(line => line.trim().split(' ')[0])
    expect(lines).toEqual(['4', 'timeout.task', 'sampling.draws', 'shading', 'sharding.shards'])
    expect(error.code).toBe('CHORALE_SETTINGS_INVALID')
  })
})

describe('settings survive JSON', () => {
  test('the test covers every field', () => {
    const covered = Object.entries(FIELDS).flatMap(([section, fields]) => Object.keys(fields).map(key => `${section}.${key}`))
    expect([...covered, '$schema', 'plugins', 'reproducible', 'model.path', 'model.export'].sort()).toEqual([...ALL_KEYS].sort())
  })

  test('whatever they are', () => {
    fc.assert(
      fc.property(anySettings, input => {
        const settings = parseSettings(input)
        expect(parseSettings(JSON.parse(JSON.stringify(settingsToJson(settings))) as object)).toEqual(settings)
      }),
      { numRuns: 120, seed: 7 },
    )
  })

  test('objects that no file can hold are named or left out, numbers of typed arrays are kept', () => {
    const settings = parseSettings({
      model,
      plugins: [{ name: 'mine', apiVersion: 1 }],
      data: { columns: { x: new Float64Array([1, 2]) } },
    })
    expect(settingsToJson(settings)).toMatchObject({ plugins: ['mine'], data: { source: 'inline', columns: { x: [1, 2] } } })
    expect(settingsToJson(settings)).not.toHaveProperty('model')
  })
})

describe('sampling.fixed', () => {
  test('takes numbers and flat lists by parameter name, whose spelling is not changed', () => {
    const fixed = { log_tau: 0.5, theta: [1, -2] }
    expect(parseSettings({ sampling: { fixed } }).sampling.fixed).toEqual(fixed)
  })
  test.each([
    ['a text', 'one'],
    ['nested lists', [[1, 2]]],
    ['something that is not finite', Infinity],
  ])('refuses %s', (_, value) => {
    expect(() => parseSettings({ sampling: { fixed: { tau: value } } } as never)).toThrowError(
      expect.objectContaining({ code: 'CHORALE_SETTINGS_INVALID', message: expect.stringContaining('sampling.fixed.tau') }) as Error,
    )
  })
})
