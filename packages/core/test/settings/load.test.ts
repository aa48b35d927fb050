import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'

import { loadSettings, parseSettings, settingsToJson } from '../../src/settings/index.js'
import { anySettings } from './any-settings.js'
import { rejectionOf } from './error-of.js'
import { folderWith } from './folders.js'

const env = {}
const draws = async (folder: string, file?: string): Promise<number> =>
  (await loadSettings({ folder, env, ...(file === undefined ? {} : { file }) })).settings.sampling.draws

describe('every form of settings file is read', () => {
  test.each([
    ['chorale.config.ts', 'const draws: number = 7; export default { sampling: { draws } }'],
    ['chorale.config.mts', 'const draws: number = 7; export default { sampling: { draws } }'],
    ['chorale.config.ts', 'enum Draws { Few = 7 }\nexport default () => ({ sampling: { draws: Draws.Few as number } })'],
    ['chorale.config.ts', 'const draws = await Promise.resolve(7); export default { sampling: { draws } }'],
    ['chorale.config.mjs', 'export default async () => ({ sampling: { draws: 7 } })'],
    ['chorale.config.js', 'export default { sampling: { draws: 7 } }'],
    ['chorale.config.yaml', 'sampling:\n  draws: 7'],
    ['chorale.config.yaml', 'sampling: { initialValues: &few { draws: 7 }, <<: *few }'],
    ['chorale.config.yml', 'per_shard_mcmc: { num_samples: 7 }'],
    ['chorale.config.json', '\uFEFF{ "sampling": { "draws": 7 } }'],
    ['package.json', '{ "name": "flights", "chorale": { "sampling": { "draws": 7 } } }'],
  ])('%s: %s', async (name, text) => {
    const folder = await folderWith({ [name]: text })
    const loaded = await loadSettings({ folder, env })
    expect(loaded.settings.sampling.draws).toBe(7)
    expect(loaded).toMatchObject({ file: join(folder, name), folder })
    expect(loaded.origins.get('sampling.draws')).toBe(name)
    expect(loaded.origins.get('sampling.chains')).toBe('default')
    expect(await readdir(folder)).toEqual([name])
  })

  test('TypeScript may import TypeScript beside it', async () => {
    const folder = await folderWith({
      'chorale.config.ts': "import { few } from './few.js'\nexport default { sampling: { draws: few } }",
      'few.ts': 'export const few: number = 7',
    })
    expect(await draws(folder)).toBe(7)
  })

  test.each(['chorale.config.ts', 'chorale.config.mjs', 'chorale.config.yaml'])('an edited %s is read again', async name => {
    const write = (value: number) =>
      name.endsWith('yaml') ? `sampling: { draws: ${value} }` : `export default { sampling: { draws: ${value} } }`
    const folder = await folderWith({ [name]: write(7) })
    expect(await draws(folder)).toBe(7)
    await new Promise(resolve => setTimeout(resolve, 20))
    await writeFile(join(folder, name), write(8))
    expect(await draws(folder)).toBe(8)
  })
})

describe('the search', () => {
  test('goes up to the first package.json and no further', async () => {
    const folder = await folderWith({
      'chorale.config.yaml': 'sampling: { draws: 1 }',
      'project/package.json': '{}',
      'project/chorale.config.yaml': 'sampling: { draws: 2 }',
      'project/analysis/first/notes.txt': '',
      'alone/package.json': '{}',
    })
    expect(await draws(join(folder, 'project/analysis/first'))).toBe(2)
    expect(await draws(join(folder, 'alone'))).toBe(1_000)
  })

  test('paths belong to the folder of the file that is found', async () => {
    const folder = await folderWith({ 'chorale.config.yaml': 'model: ./m.ts', 'deep/x.txt': '' })
    const loaded = await loadSettings({ folder: join(folder, 'deep'), env })
    expect(loaded.folder).toBe(folder)
    expect(loaded.origins.get('model.path')).toBe('../chorale.config.yaml')
    expect(loaded.origins.get('model.export')).toBe('default')
  })

  test('finds nothing: the defaults, or an error for those who need a file', async () => {
    const folder = await folderWith({ 'package.json': '{}' })
    const loaded = await loadSettings({ folder, env })
    expect(loaded.settings).toEqual(parseSettings({}))
    expect(loaded).not.toHaveProperty('file')
    expect(loaded.folder).toBe(folder)
    expect((await rejectionOf(loadSettings({ folder, env, whenMissing: 'error' }))).code).toBe('CHORALE_SETTINGS_NOT_FOUND')
  })

  test('a package.json that is broken is not ours to complain about, one with a broken import is', async () => {
    expect(await draws(await folderWith({ 'package.json': '{ broken' }))).toBe(1_000)
    const folder = await folderWith({ 'package.json': '{ "chorale": { "$import": "./missing.yaml" } }' })
    expect((await rejectionOf(draws(folder))).code).toBe('CHORALE_SETTINGS_UNREADABLE')
  })

  test.each([
    ['a place of its own', 'cosmiconfig: { searchPlaces: ["settings/{name}.yaml"] }', 'settings/chorale.yaml'],
    ['the shared file', 'chorale: { sampling: { draws: 7 } }', '.config/config.yaml'],
  ])('.config/config.yaml of the current folder may name %s', async (_, shared, file) => {
    const folder = await folderWith({ '.config/config.yaml': shared, 'settings/chorale.yaml': 'sampling: { draws: 7 }' })
    const before = process.cwd()
    process.chdir(folder)
    try {
      expect(await loadSettings({ folder: '.', env })).toMatchObject({ file: join(folder, file), settings: { sampling: { draws: 7 } } })
    } finally {
      process.chdir(before)
    }
  })
})

describe('$import', () => {
  test('objects are merged, lists are replaced', async () => {
    const folder = await folderWith({
      'chorale.config.yaml': '$import: ./base.yaml\nsampling: { draws: 7 }\nplugins: [b]',
      'base.yaml': 'sampling: { draws: 1, warmup: 2 }\nplugins: [a]',
    })
    const { settings } = await loadSettings({ folder, env })
    expect(settings.sampling).toMatchObject({ draws: 7, warmup: 2 })
    expect(settings.plugins).toEqual(['b'])
  })

  test('of a file that is not there is an error, not the defaults', async () => {
    const folder = await folderWith({ 'chorale.config.yaml': '$import: ./missing.yaml\nsampling: { draws: 7 }' })
    const error = await rejectionOf(draws(folder))
    expect(error.code).toBe('CHORALE_SETTINGS_UNREADABLE')
    expect(error.message).toContain('missing.yaml')
  })
})

describe('files that cannot be used', () => {
  test.each([
    ['chorale.config.ts', 'export const settings = {}', 'CHORALE_SETTINGS_EMPTY', 'no default export'],
    ['chorale.config.mjs', 'export const settings = {}', 'CHORALE_SETTINGS_EMPTY', 'no default export'],
    ['chorale.config.ts', '  \n', 'CHORALE_SETTINGS_EMPTY', 'empty'],
    ['chorale.config.ts', 'export default () => {}', 'CHORALE_SETTINGS_EMPTY', 'returns nothing'],
    ['chorale.config.yaml', '# nothing yet\n', 'CHORALE_SETTINGS_EMPTY', 'empty'],
    ['chorale.config.yaml', '', 'CHORALE_SETTINGS_EMPTY', 'empty'],
    ['chorale.config.json', 'null', 'CHORALE_SETTINGS_EMPTY', 'empty'],
    ['chorale.config.ts', 'export default {', 'CHORALE_SETTINGS_UNREADABLE', 'chorale.config.ts'],
    ['chorale.config.mjs', 'export default {', 'CHORALE_SETTINGS_UNREADABLE', 'chorale.config.mjs'],
    [
      'chorale.config.mjs',
      "throw Object.assign(new Error('out of luck'), { code: 'ENOENT' })",
      'CHORALE_SETTINGS_UNREADABLE',
      'out of luck',
    ],
    ['chorale.config.ts', "export default () => { throw new Error('out of luck') }", 'CHORALE_SETTINGS_UNREADABLE', 'out of luck'],
    ['chorale.config.yaml', 'a: [1', 'CHORALE_SETTINGS_UNREADABLE', 'chorale.config.yaml'],
    ['chorale.config.yaml', 'model: a\nmodel: b', 'CHORALE_SETTINGS_UNREADABLE', 'unique'],
    ['chorale.config.json', '{ "a": }', 'CHORALE_SETTINGS_UNREADABLE', 'chorale.config.json'],
    ['chorale.config.yaml', 'just a text', 'CHORALE_SETTINGS_INVALID', 'settings are an object'],
    ['chorale.config.yaml', '- a\n- b', 'CHORALE_SETTINGS_INVALID', 'settings are an object'],
    ['chorale.config.yaml', 'samplng: {}', 'CHORALE_SETTINGS_UNKNOWN_KEY', 'sampling'],
  ])('%s with %j', async (name, text, code, message) => {
    const error = await rejectionOf(draws(await folderWith({ [name]: text, 'package.json': '{ "type": "module" }' })))
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
    expect(error.details.askedBy).toContain(name)
  })

  test('a file that is asked for and is not there, is a folder, or has a strange ending', async () => {
    const folder = await folderWith({ 'settings.toml': 'a = 1' })
    await mkdir(join(folder, 'conf.yaml'))
    expect((await rejectionOf(draws(folder, 'absent.yaml'))).code).toBe('CHORALE_SETTINGS_NOT_FOUND')
    expect((await rejectionOf(draws(folder, 'conf.yaml'))).message).toContain('folder')
    const strange = await rejectionOf(draws(folder, 'settings.toml'))
    expect(strange.code).toBe('CHORALE_SETTINGS_UNREADABLE')
    expect(strange.details.available).toContain('.yaml')
  })

  test.each(['ts', 'mjs'])('an import of this package that is not installed is explained (%s)', async ending => {
    const text = "import { defineConfig } from '@chorale/not-there'\nexport default defineConfig({})"
    const error = await rejectionOf(draws(await folderWith({ [`chorale.config.${ending}`]: text })))
    expect(error.code).toBe('CHORALE_SETTINGS_UNREADABLE')
    expect(error.message).toContain('imports "@chorale/not-there", which is not installed')
    expect(error.details.fix).toContain('pnpm add @chorale/not-there')
  })

  test('an import of this package is resolved from the folder of the settings file', async () => {
    const folder = await folderWith({
      'chorale.config.ts': "import { defineConfig } from '@chorale/core'\nexport default defineConfig({ sampling: { draws: 7 } })",
      'node_modules/@chorale/core/package.json': '{ "type": "module", "exports": { ".": { "types": "./i.d.ts", "default": "./i.js" } } }',
      'node_modules/@chorale/core/i.js': 'export const defineConfig = config => config',
    })
    expect(await draws(folder)).toBe(7)
  })
})

test('settings that are written to a file are read back equal', async () => {
  const folder = await folderWith({ 'package.json': '{}' })
  await fc.assert(
    fc.asyncProperty(anySettings, fc.constantFrom('yaml', 'json', 'ts'), async (input, ending) => {
      const settings = parseSettings(input)
      const json = JSON.stringify(settingsToJson(settings))
      const texts = { yaml: stringify(settingsToJson(settings)), json, ts: `export default ${json}` }
      await writeFile(join(folder, `chorale.config.${ending}`), texts[ending])
      expect((await loadSettings({ folder, env, file: `chorale.config.${ending}` })).settings).toEqual(settings)
    }),
    { numRuns: 40, seed: 11 },
  )
})
