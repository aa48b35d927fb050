import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { loadSettings, sectionOptions } from '../../src/settings/index.js'
import { readText } from '../../src/settings/override.js'
import { rejectionOf } from './error-of.js'
import { folderWith } from './folders.js'

const set = (...pairs: readonly string[]) =>
  pairs.map(pair => ({ path: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1), origin: `--set ${pair}` }))

const load = async (text: string, flags: readonly string[] = [], env: Record<string, string> = {}) =>
  loadSettings({ folder: await folderWith({ 'chorale.config.yaml': text }), overrides: set(...flags), env })

const FILE = 'sampling: { draws: 1, warmup: 1, chains: 1 }'

describe('precedence', () => {
  test('a flag wins over a variable, a variable over the file, the file over the default', async () => {
    const env = { CHORALE__SAMPLING__DRAWS: '3', CHORALE__SAMPLING__WARMUP: '3' }
    const { settings, origins } = await load(FILE, ['sampling.draws=4'], env)
    expect(settings.sampling).toMatchObject({ draws: 4, warmup: 3, chains: 1, seed: 0 })
    expect(['draws', 'warmup', 'chains', 'seed'].map(key => origins.get(`sampling.${key}`))).toEqual([
      '--set sampling.draws=4',
      'CHORALE__SAMPLING__WARMUP',
      'chorale.config.yaml',
      'default',
    ])
  })

  test('of two flags the last wins, under any names', async () => {
    const { settings } = await load(FILE, ['sampling.draws=4', 'per_shard_mcmc.num_samples=5'])
    expect(settings.sampling.draws).toBe(5)
  })

  test('two variables for one setting are an error', async () => {
    const env = { CHORALE__SAMPLING__DRAWS: '3', CHORALE__PER_SHARD_MCMC__NUM_SAMPLES: '4' }
    const error = await rejectionOf(load(FILE, [], env))
    for (const name of Object.keys(env)) expect(error.message).toContain(name)
  })

  test('lists are replaced, objects merged, a short form takes further keys', async () => {
    const text = 'model: ./m.ts\nbackend: pbs\nplugins: [a, b]\nsampling: { initialValues: { a: 1, b: 2 } }'
    const { settings } = await load(text, ['plugins=[c]', 'sampling.initialValues.b=3', 'backend.queue=long', 'model.export=density'])
    expect(settings.plugins).toEqual(['c'])
    expect(sectionOptions(settings, 'sampling')).toEqual({ initialValues: { a: 1, b: 3 } })
    expect(settings.backend).toMatchObject({ name: 'pbs', queue: 'long' })
    expect(settings.model).toEqual({ path: './m.ts', export: 'density' })
  })

  test('another model drops the export of the one in the file', async () => {
    const { settings } = await load('model: { path: ./m.ts, export: density }', ['model=./n.ts'])
    expect(settings.model).toEqual({ path: './n.ts', export: 'default' })
  })
})

describe('another name for a section', () => {
  test('leaves out the options of the one in the file, with a warning, and keeps our own keys', async () => {
    const { settings, warnings } = await load('backend: { name: pbs, queue: long, attempts: 5 }', ['backend=cpu'])
    expect(settings.backend).toEqual({ name: 'cpu', attempts: 5 })
    expect(warnings).toEqual([
      'backend.queue (chorale.config.yaml) is an option of "pbs" and is left out, because --set backend=cpu chooses "cpu"',
    ])
  })

  test('keeps options that were given for no name, or with the flag', async () => {
    const { settings, warnings } = await load('backend: { queue: long }', ['backend.account=x', 'backend=pbs'])
    expect(settings.backend).toMatchObject({ name: 'pbs', queue: 'long', account: 'x' })
    expect(warnings).toEqual([])
  })
})

describe('variables', () => {
  test('match names in any case, camelCase and snake_case, and names of the Python reference', async () => {
    const env = {
      CHORALE__SAMPLING__TARGET_ACCEPT_PROB: '0.9',
      chorale__sampling__maxTreeDepth: '8',
      CHORALE__VALIDATION__MINESS: '100',
      CHORALE__NUM_CHAINS: '2',
      CHORALE__BACKEND: 'pbs',
      CHORALE__BACKEND__QUEUE_NAME: 'long',
      CHORALE__BACKEND_CONFIG__PARALLEL_TASKS: '3',
      CHORALE__PRIOR_TEMPERING: 'true',
    }
    const { settings } = await load('{}', [], env)
    expect(settings.sampling).toMatchObject({ targetAcceptProb: 0.9, maxTreeDepth: 8, chains: 2 })
    expect(settings.validation.minEss).toBe(100)
    expect(settings.backend).toMatchObject({ name: 'pbs', queueName: 'long', parallelTasks: 3 })
  })

  test('with one underscore are not settings', async () => {
    expect((await load('{}', [], { CHORALE_SAMPLING: 'x', CHORALE_LOG_LEVEL: 'debug' })).settings.sampling.name).toBe('nuts')
  })

  test('that name nothing are an error with the variable and the nearest name', async () => {
    const error = await rejectionOf(load('{}', [], { CHORALE__TIMEOUT__HEARTBAET: '5' }))
    expect(error.code).toBe('CHORALE_SETTINGS_UNKNOWN_KEY')
    expect(error.message).toContain('CHORALE__TIMEOUT__HEARTBAET')
    expect(error.details.available).toContain('heartbeat')
  })
})

describe('flags', () => {
  test('errors name the flag', async () => {
    const error = await rejectionOf(load('{}', ['sampling.draws=many']))
    expect(error.code).toBe('CHORALE_SETTINGS_INVALID')
    expect(error.message).toContain('sampling.draws (--set sampling.draws=many): "many" is not allowed, must be integer >= 1')
  })

  test.each(['sampling..draws=1', '=1', 'plugins=[a'])('%s is refused', async flag => {
    expect((await rejectionOf(load('{}', [flag]))).code).toBe('CHORALE_SETTINGS_INVALID')
  })

  test('errors of all origins come together', async () => {
    const error = await rejectionOf(load('sharding: { shards: 0 }', ['timeout.tsk=1'], { CHORALE__OUTPUT__MODE: 'public' }))
    const places = ['chorale.config.yaml', 'CHORALE__OUTPUT__MODE', '--set timeout.tsk=1'].map(place => error.message.indexOf(place))
    expect(places.every(place => place > 0)).toBe(true)
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })

  test('a path in a flag is meant from the current folder, a path in the file from the file', async () => {
    const folder = await folderWith({ 'chorale.config.yaml': 'data: { path: a.csv }', 'deep/x.txt': '' })
    const overrides = set('model=m.ts', 'plugins=["./p.mjs", "chorale-x"]', 'output.directory=/scratch/runs')
    const { settings } = await loadSettings({ folder: join(folder, 'deep'), overrides, env: {} })
    expect(settings.model).toEqual({ path: join(folder, 'deep/m.ts'), export: 'default' })
    expect(settings.plugins).toEqual([join(folder, 'deep/p.mjs'), 'chorale-x'])
    expect(settings.output.directory).toBe('/scratch/runs')
    expect(settings.data.path).toBe('a.csv')
  })
})

describe('values', () => {
  test.each([
    ['500', 'sampling.draws', 500],
    ['1e3', 'sampling.draws', 1_000],
    ['-0.50', 'backend.x', -0.5],
    ['007', 'backend.x', 7],
    ['0x1F', 'backend.x', 31],
    ['1234567890123456', 'backend.x', 1234567890123456],
    ['true', 'verification.enabled', true],
    ['False', 'backend.x', false],
    ['Null', 'backend.x', null],
    ['auto', 'sharding.shards', 'auto'],
    ['null', 'backend.x', null],
    ['', 'backend.x', ''],
    ['2024', 'data.path', '2024'],
    ['2024', 'backend.x', 2024],
    ['"2024"', 'backend.x', '2024'],
    ['8GB', 'backend.memory', '8GB'],
    ['a: b', 'backend.x', 'a: b'],
    ['1 # one', 'backend.x', '1 # one'],
    ['*.csv', 'backend.x', '*.csv'],
    ['2020-01-01', 'backend.x', '2020-01-01'],
    ['no', 'backend.x', 'no'],
    ['{ a: [1, b] }', 'backend.x', { a: [1, 'b'] }],
  ])('%j for %s is %j', (text, path, value) => {
    expect(readText(text, path.split('.'))).toEqual({ value })
  })
})
