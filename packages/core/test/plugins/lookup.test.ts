import { describe, expect, test, vi } from 'vitest'

import type { Plugin } from '../../src/contracts/index.js'
import { KNOWN_NAMES, PluginRegistry, type BuiltinPlugin } from '../../src/plugins/index.js'
import { errorOf } from '../error-of.js'
import { folderWith } from '../folders.js'
import { backendModule, backendPlugin, packageFiles } from './plugin-files.js'

const builtin = (plugin: Plugin): BuiltinPlugin => ({ package: plugin.name, url: 'about:blank', load: async () => ({ default: plugin }) })
const cpu = builtin(backendPlugin('@chorale/backend-cpu', 'cpu'))
const workers = builtin(backendPlugin('@chorale/backend-workers', 'workers', ['multiprocessing', 'jax']))

const registryWith = (builtins: readonly BuiltinPlugin[], folder = '/nowhere'): PluginRegistry => new PluginRegistry({ builtins, folder })

describe('a name', () => {
  test('or an alias finds its definition', async () => {
    const registry = registryWith([cpu, workers])
    for (const name of ['workers', 'multiprocessing', 'jax']) expect((await registry.find('backend', name)).definition.name).toBe('workers')
  })

  test('loads only the package that provides it, once', async () => {
    const load = { cpu: vi.fn(cpu.load), workers: vi.fn(workers.load) }
    const registry = registryWith([
      { ...cpu, load: load.cpu },
      { ...workers, load: load.workers },
    ])
    await Promise.all([registry.find('backend', 'cpu'), registry.find('backend', 'cpu')])
    expect(load.cpu).toHaveBeenCalledOnce()
    expect(load.workers).not.toHaveBeenCalled()
  })

  test('of a package that comes along is located without loading it, and its code goes into the record of the run', async () => {
    const load = vi.fn(workers.load)
    const registry = registryWith([cpu, { ...workers, load }])
    const code = await registry.locate('backend', 'jax')
    expect(code).toMatchObject({ name: '@chorale/backend-workers', url: workers.url })
    expect(load).not.toHaveBeenCalled()
    expect(registry.used).toEqual([code])
    await registry.find('backend', 'workers')
    expect(registry.used.map(({ name }) => name)).toEqual(['@chorale/backend-workers'])
  })

  test('that nobody has cannot be located', async () => {
    expect((await errorOf(() => registryWith([cpu]).locate('combiner', 'gausian'))).code).toBe('CHORALE_COMBINER_UNKNOWN')
  })

  test('of ours is found in the settings file’s folder when the entry package does not bring it', async () => {
    const folder = await folderWith(packageFiles('@chorale/backend-pbs', backendModule('@chorale/backend-pbs', 'pbs')))
    const found = await registryWith([cpu], folder).find('backend', 'pbs')
    expect(found.code).toMatchObject({ name: '@chorale/backend-pbs', version: '3.1.4' })
  })

  test('that is nobody’s is looked for in the package chorale-backend-NAME', async () => {
    const folder = await folderWith(packageFiles('chorale-backend-tape', backendModule('chorale-backend-tape', 'tape')))
    expect((await registryWith([], folder).find('backend', 'tape')).code.name).toBe('chorale-backend-tape')
  })

  test('of another kind than backends has no such package', async () => {
    const folder = await folderWith(packageFiles('chorale-backend-tape', 'throw new Error("loaded")'))
    expect(await registryWith([], folder).tryFind('combiner', 'tape')).toBeUndefined()
  })

  test('that is a path cannot be smuggled into a package name', async () => {
    expect(await registryWith([], '/nowhere').tryFind('backend', '../../evil')).toBeUndefined()
  })

  test('is not found without an error when asked so', async () => {
    expect(await registryWith([cpu]).tryFind('backend', 'pbs')).toBeUndefined()
  })
})

describe('the error for a name', () => {
  test('that is known but not installed says what to install', async () => {
    const error = await errorOf(() =>
      registryWith([cpu, workers], '/home/ada/flights').find('backend', 'pbs', 'chorale.config.ts: backend.name'),
    )
    expect(error.code).toBe('CHORALE_BACKEND_NOT_INSTALLED')
    expect(error.message).toBe('The backend "pbs" is provided by @chorale/backend-pbs, which is not installed')
    expect(error.details).toEqual({
      askedBy: 'chorale.config.ts: backend.name',
      lookedIn: "/home/ada/flights (resolved from the settings file's folder)",
      available: ['cpu', 'workers (aliases: multiprocessing, jax)'],
      fix: 'pnpm add @chorale/backend-pbs',
    })
  })

  test('that nobody knows names the nearest one and lists all: registered, aliases, not installed, auto', async () => {
    const error = await errorOf(() => registryWith([cpu, workers]).find('backend', 'multiprocesing'))
    expect(error.code).toBe('CHORALE_BACKEND_UNKNOWN')
    expect(error.message).toBe('There is no backend "multiprocesing"; did you mean "multiprocessing"?')
    expect(error.details).toMatchObject({ askedBy: 'backend.name', fix: 'backend.name: multiprocessing' })
    expect(error.details.available).toEqual([
      'auto',
      'cpu',
      'workers (aliases: multiprocessing, jax)',
      'pjit (aliases: jit): install @chorale/backend-pjit',
      'pbs: install @chorale/backend-pbs',
      'slurm: install @chorale/backend-slurm',
    ])
  })

  test('lists every known name and alias of its kind', async () => {
    for (const kind of ['backend', 'combiner', 'sampler', 'dataSource', 'sharder'] as const) {
      const error = await errorOf(() => registryWith([]).find(kind, 'qqqqqqqq'))
      const listed = error.details.available!.join(' ')
      for (const { name, aliases } of KNOWN_NAMES.filter(entry => entry.kind === kind)) {
        for (const each of [name, ...aliases]) expect(listed).toContain(each)
      }
    }
  })

  test('near a name that is not installed suggests that one, too', async () => {
    expect((await errorOf(() => registryWith([cpu]).find('backend', 'slrum'))).message).toContain('did you mean "slurm"?')
  })

  test('far from every name suggests none', async () => {
    const error = await errorOf(() => registryWith([cpu]).find('backend', 'kubernetes'))
    expect(error.message).toBe('There is no backend "kubernetes"')
    expect(error.details.fix).toContain('add the plugin that provides "kubernetes" to plugins')
  })

  test('comes also when another package is broken', async () => {
    const folder = await folderWith(packageFiles('@chorale/backend-pbs', 'throw new Error("broken")'))
    expect((await errorOf(() => registryWith([cpu], folder).find('backend', 'cqu'))).code).toBe('CHORALE_BACKEND_UNKNOWN')
  })

  test('of an installed package that does not provide it does not say "not installed"', async () => {
    const old = builtin({ name: '@chorale/combiners', apiVersion: 1, combiners: [] })
    const bare = {
      name: 'gaussian',
      summary: '',
      needs: { draws: false, evaluator: 'never' as const },
      combine: () => Promise.reject(new Error('')),
    }
    const registry = registryWith([
      { ...old, load: async () => ({ default: { name: '@chorale/combiners', apiVersion: 1, combiners: [bare] } }) },
    ])
    expect((await errorOf(() => registry.find('combiner', 'consensus'))).code).toBe('CHORALE_COMBINER_UNKNOWN')
  })

  test('that a broken package provides is that package’s error', async () => {
    const folder = await folderWith(packageFiles('@chorale/backend-pbs', 'throw new Error("no munge")'))
    const error = await errorOf(() => registryWith([cpu], folder).find('backend', 'pbs'))
    expect(error).toMatchObject({ code: 'CHORALE_PLUGIN_BROKEN' })
  })
})

describe('a name belongs to one definition', () => {
  test.each([
    ['another plugin’s name', backendPlugin('second', 'tape'), 'tape', 'first'],
    ['another plugin’s alias', backendPlugin('second', 'reel'), 'reel', 'first'],
    ['another plugin’s name as an alias', backendPlugin('second', 'disc', ['tape']), 'tape', 'first'],
    ['a name of ours', backendPlugin('second', 'cpu'), 'cpu', '@chorale/backend-cpu'],
    ['an alias of ours that is not installed', backendPlugin('second', 'jit'), 'jit', '@chorale/backend-pjit'],
    ['its own name twice', backendPlugin('second', 'disc', ['disc']), 'disc', 'second'],
  ])('so %s is refused, with both plugins named', async (_, plugin, name, owner) => {
    const registry = registryWith([cpu])
    await registry.register(backendPlugin('first', 'tape', ['reel']), 'plugins')
    const error = await errorOf(() => registry.register(plugin, 'plugins'))
    expect(error.code).toBe('CHORALE_PLUGIN_NAME_TAKEN')
    expect(error.message).toBe(`The backend "${name}" of plugin "second" is already provided by "${owner}"`)
    expect(registry.used).toHaveLength(1)
  })

  test('of its kind: a backend and a combiner may share one', async () => {
    const combiner = {
      name: 'tape',
      summary: '',
      needs: { draws: false, evaluator: 'never' as const },
      combine: () => Promise.reject(new Error('')),
    }
    const registry = registryWith([])
    await registry.register({ ...backendPlugin('mine', 'tape'), combiners: [combiner] }, 'plugins')
    expect((await registry.find('combiner', 'tape')).definition.name).toBe('tape')
  })

  test('and a package of ours that the settings also name is not in its own way', async () => {
    const folder = await folderWith(packageFiles('@chorale/backend-pbs', backendModule('@chorale/backend-pbs', 'pbs')))
    const registry = registryWith([cpu], folder)
    await registry.register('@chorale/backend-pbs', 'plugins')
    await registry.list('backend')
    expect(registry.used.map(({ name }) => name)).toEqual(['@chorale/backend-pbs', '@chorale/backend-cpu'])
  })
})

describe('the list of a kind', () => {
  test('has everything, installed or not, in alphabetical order', async () => {
    const registry = registryWith([cpu, workers])
    await registry.register(backendPlugin('mine', 'tape', ['reel']), 'plugins')
    expect(await registry.list('backend')).toEqual([
      { name: 'cpu', aliases: [], package: '@chorale/backend-cpu', installed: true, summary: '', options: [] },
      { name: 'pbs', aliases: [], package: '@chorale/backend-pbs', installed: false, summary: '', options: [] },
      { name: 'pjit', aliases: ['jit'], package: '@chorale/backend-pjit', installed: false, summary: '', options: [] },
      { name: 'slurm', aliases: [], package: '@chorale/backend-slurm', installed: false, summary: '', options: [] },
      { name: 'tape', aliases: ['reel'], package: 'mine', installed: true, summary: '', options: [] },
      {
        name: 'workers',
        aliases: ['multiprocessing', 'jax'],
        package: '@chorale/backend-workers',
        installed: true,
        summary: '',
        options: [],
      },
    ])
  })

  test('of all installed definitions has only those', async () => {
    const registry = registryWith([cpu, workers])
    expect((await registry.all('backend')).map(({ definition }) => definition.name).sort()).toEqual(['cpu', 'workers'])
  })
})
