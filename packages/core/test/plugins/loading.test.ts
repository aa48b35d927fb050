import { createHash } from 'node:crypto'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { describe, expect, test } from 'vitest'

import type { Plugin } from '../../src/contracts/index.js'
import { PluginRegistry } from '../../src/plugins/index.js'
import { errorOf } from '../error-of.js'
import { folderWith } from '../folders.js'
import { backendModule, backendPlugin, packageFiles } from './plugin-files.js'

const registryIn = (folder: string): PluginRegistry => new PluginRegistry({ builtins: [], folder })

describe('a plugin is given', () => {
  test('as an object, recorded by name only', async () => {
    const registry = registryIn('/nowhere')
    await registry.register(backendPlugin('mine', 'tape'), 'plugins')
    expect((await registry.find('backend', 'tape')).definition.name).toBe('tape')
    expect(registry.used).toEqual([{ name: 'mine', url: 'inline:mine', version: '', digest: '' }])
  })

  test('as a path relative to the settings file', async () => {
    const folder = await folderWith({ 'plugins/tape.mjs': backendModule('mine', 'tape') })
    const registry = registryIn(folder)
    await registry.register('./plugins/tape.mjs', 'plugins')
    expect((await registry.find('backend', 'tape')).code.url).toBe(pathToFileURL(join(folder, 'plugins/tape.mjs')).href)
  })

  test('as an absolute path or a file URL', async () => {
    const folder = await folderWith({ 'a.mjs': backendModule('a', 'one'), 'b.mjs': backendModule('b', 'two') })
    const registry = registryIn('/nowhere')
    await registry.register(join(folder, 'a.mjs'), 'plugins')
    await registry.register(pathToFileURL(join(folder, 'b.mjs')).href, 'plugins')
    expect((await registry.find('backend', 'two')).code.name).toMatch(/^file:/)
  })

  test('as a package, with its URL, version and digest recorded', async () => {
    const module = backendModule('@lab/tape', 'tape')
    const folder = await folderWith(packageFiles('@lab/tape', module))
    const registry = registryIn(folder)
    await registry.register('@lab/tape', 'plugins')
    const path = join(folder, 'node_modules/@lab/tape/index.js')
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
    expect(registry.used).toEqual([{ name: '@lab/tape', url: pathToFileURL(path).href, version: '3.1.4', digest }])
  })

  test('as a package that pnpm has linked from its store', async () => {
    const store = 'node_modules/.pnpm/tape@3.1.4/node_modules'
    const folder = await folderWith(packageFiles('tape', backendModule('tape', 'tape'), { default: './index.js' }, store))
    await symlink(join(folder, store, 'tape'), join(folder, 'node_modules/tape'))
    const registry = registryIn(folder)
    await registry.register('tape', 'plugins')
    expect(registry.used[0]!.url).toContain('/.pnpm/')
  })

  test('twice, and is registered once', async () => {
    const folder = await folderWith(packageFiles('tape', backendModule('tape', 'tape')))
    const registry = registryIn(folder)
    await registry.register('tape', 'plugins')
    await registry.register('./node_modules/tape/index.js', 'plugins')
    expect(registry.used).toHaveLength(1)
  })
})

describe('a plugin is resolved from the settings file’s folder', () => {
  test('also when that is not the current one, and its parents', async () => {
    const folder = await folderWith({ ...packageFiles('tape', backendModule('tape', 'tape')), 'deep/er/chorale.config.yaml': '' })
    const registry = registryIn(join(folder, 'deep/er'))
    await registry.register('tape', 'plugins')
    expect(registry.used).toHaveLength(1)
  })

  test('not from ours: what only this package has installed is not found', async () => {
    const folder = await folderWith({})
    const error = await errorOf(() => registryIn(folder).register('pino', 'chorale.config.ts: plugins'))
    expect(error.code).toBe('CHORALE_PLUGIN_NOT_FOUND')
    expect(error.details).toEqual({
      askedBy: 'chorale.config.ts: plugins',
      lookedIn: `${folder} (resolved from the settings file's folder)`,
      fix: 'pnpm add pino',
    })
  })

  test('never by scanning node_modules: an installed plugin that nobody names is not loaded', async () => {
    const trap = 'throw new Error("loaded")'
    const folder = await folderWith({ ...packageFiles('chorale-backend-tape', trap), ...packageFiles('@lab/chorale-plugin', trap) })
    const registry = registryIn(folder)
    await registry.list('backend')
    await registry.all('combiner')
    expect((await errorOf(() => registry.find('backend', 'disc'))).code).toBe('CHORALE_BACKEND_UNKNOWN')
  })
})

describe('a plugin that cannot be used', () => {
  test('because its path does not exist is not found', async () => {
    const folder = await folderWith({})
    const error = await errorOf(() => registryIn(folder).register('./tape.mjs', 'plugins'))
    expect(error).toMatchObject({
      code: 'CHORALE_PLUGIN_NOT_FOUND',
      details: { fix: 'correct the path: it is relative to the settings file' },
    })
  })

  test('because its exports have only "import" says which line to add', async () => {
    const folder = await folderWith(packageFiles('tape', backendModule('tape', 'tape'), { import: './index.js' }))
    const error = await errorOf(() => registryIn(folder).register('tape', 'plugins'))
    expect(error.code).toBe('CHORALE_PLUGIN_EXPORTS')
    expect(error.details.fix).toContain('"default": "./index.js"')
  })

  test('because it throws while it is loaded is broken, not missing, and its error is kept', async () => {
    const folder = await folderWith(packageFiles('tape', 'throw new Error("no libtape")'))
    const error = await errorOf(() => registryIn(folder).register('tape', 'plugins'))
    expect(error.code).toBe('CHORALE_PLUGIN_BROKEN')
    expect(error.message).toContain('no libtape')
    expect(error.cause).toMatchObject({ message: 'no libtape' })
  })

  test('because something that it imports is missing is broken', async () => {
    const folder = await folderWith(packageFiles('tape', 'import "not-there"'))
    expect((await errorOf(() => registryIn(folder).register('tape', 'plugins'))).code).toBe('CHORALE_PLUGIN_BROKEN')
  })

  test('because the file that its package.json names is missing is broken', async () => {
    const folder = await folderWith(packageFiles('tape', '', { default: './dist/index.js' }))
    const error = await errorOf(() => registryIn(folder).register('tape', 'plugins'))
    expect(error).toMatchObject({ code: 'CHORALE_PLUGIN_BROKEN', details: { fix: 'reinstall tape, or build it' } })
  })

  test('because it is TypeScript says what to do', async () => {
    const folder = await folderWith({ 'tape.cts': 'throw new Error("types")' })
    expect((await errorOf(() => registryIn(folder).register('./tape.cts', 'plugins'))).details.fix).toContain('compile it to JavaScript')
  })

  test.each([
    ['no default export', 'export const plugin = {}', 'no default export'],
    ['a function', 'export default () => ({})', 'no default export that is an object'],
    ['null', 'export default null', 'no default export that is an object'],
    ['no name', 'export default { apiVersion: 1 }', 'has no name'],
    ['no apiVersion', 'export default { name: "x" }', 'no apiVersion'],
    ['a list that is none', 'export default { name: "x", apiVersion: 1, backends: {} }', '"backends" that is not a list'],
    ['a definition that is null', 'export default { name: "x", apiVersion: 1, samplers: [null] }', 'a sampler without a name'],
    ['a definition without a name', 'export default { name: "x", apiVersion: 1, combiners: [{}] }', 'a combiner without a name'],
    [
      'aliases that are text',
      'export default { name: "x", apiVersion: 1, sharders: [{ name: "s", aliases: "t" }] }',
      'aliases are not a list',
    ],
    [
      'a backend that makes none',
      'export default { name: "x", apiVersion: 1, backends: [{ name: "b" }] }',
      '"b" without the function "create"',
    ],
    [
      'a data source that loads none',
      'export default { name: "x", apiVersion: 1, dataSources: [{ name: "b" }] }',
      'without the function "load"',
    ],
  ])('because of its shape (%s) is refused before anything runs', async (_, module, message) => {
    const folder = await folderWith({ 'plugin.mjs': module })
    const error = await errorOf(() => registryIn(folder).register('./plugin.mjs', 'plugins'))
    expect(error.code).toBe('CHORALE_PLUGIN_INVALID')
    expect(error.message).toContain(message)
  })

  test('as an object is refused in the same way', async () => {
    expect((await errorOf(() => registryIn('/').register(null as unknown as Plugin, 'plugins'))).code).toBe('CHORALE_PLUGIN_INVALID')
  })

  test.each([
    [2, 'update Chorale'],
    [0, 'update the plugin'],
    [-1, 'update the plugin'],
  ])('because of apiVersion %i says which side to update', async (apiVersion, fix) => {
    const folder = await folderWith({ 'plugin.mjs': backendModule('x', 'tape', [], apiVersion) })
    const error = await errorOf(() => registryIn(folder).register('./plugin.mjs', 'plugins'))
    expect(error).toMatchObject({ code: 'CHORALE_PLUGIN_API_VERSION', details: { fix } })
  })
})

describe('a plugin that a run recorded', () => {
  const recorded = async (module: string) => {
    const folder = await folderWith({ 'elsewhere/tape.mjs': module })
    const url = pathToFileURL(join(folder, 'elsewhere/tape.mjs')).href
    return { registry: registryIn('/nowhere'), reference: { name: './tape.mjs', url, version: '', digest: '' } }
  }

  test('is found by name again, from where it was, without settings', async () => {
    const { registry, reference } = await recorded(backendModule('mine', 'tape', ['reel']))
    registry.adopt(reference)
    expect((await registry.find('backend', 'reel')).code.url).toBe(reference.url)
  })

  test('is not loaded twice when the settings name it, too', async () => {
    const { registry, reference } = await recorded(backendModule('mine', 'tape'))
    await registry.register(reference.url, 'plugins')
    registry.adopt({ ...reference, name: reference.url })
    registry.adopt(reference)
    await registry.find('backend', 'tape')
    expect(registry.used).toHaveLength(1)
  })

  test('gives way to what the entry package brings', async () => {
    const { reference } = await recorded('throw new Error("loaded")')
    const builtin = {
      package: '@chorale/backend-cpu',
      url: reference.url,
      load: async () => ({ default: backendPlugin('@chorale/backend-cpu', 'cpu') }),
    }
    const registry = new PluginRegistry({ builtins: [builtin], folder: '/nowhere' })
    registry.adopt({ ...reference, name: '@chorale/backend-cpu' })
    expect((await registry.find('backend', 'cpu')).definition.name).toBe('cpu')
  })

  test('as an object of another process is left out: its name is then unknown', async () => {
    const registry = registryIn('/nowhere')
    registry.adopt({ name: 'mine', url: 'inline:mine', version: '', digest: '' })
    expect(await registry.tryFind('backend', 'tape')).toBeUndefined()
  })

  test('and is gone now is not found, with its path', async () => {
    const registry = registryIn('/nowhere')
    registry.adopt({ name: 'tape', url: 'file:///nowhere/tape.mjs', version: '', digest: '' })
    const error = await errorOf(() => registry.find('backend', 'tape'))
    expect(error).toMatchObject({
      code: 'CHORALE_PLUGIN_NOT_FOUND',
      details: { askedBy: 'run.json: plugins', lookedIn: '/nowhere/tape.mjs' },
    })
  })
})

test('a folder called like a package, without package.json, is not a broken package', async () => {
  const folder = await folderWith({})
  await mkdir(join(folder, 'node_modules/tape'), { recursive: true })
  expect((await errorOf(() => registryIn(folder).register('tape', 'plugins'))).code).toBe('CHORALE_PLUGIN_NOT_FOUND')
})
