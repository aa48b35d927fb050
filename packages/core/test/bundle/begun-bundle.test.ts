import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { beginAtAGlance, bundleOf, type JobSources } from '../../src/bundle/index.js'
import type { BuiltinPlugin } from '../../src/plugins/index.js'
import { temporaryFolder, writeProject } from '../job/tiny-run.js'

const SAMPLER = '/somewhere/sampler.js'
const BUILTINS: readonly BuiltinPlugin[] = [
  { package: '@chorale/sampler', url: pathToFileURL(SAMPLER).href, load: () => Promise.reject(new Error('loaded')) },
]
const sourcesOf = (content: unknown): JobSources | undefined => beginAtAGlance(content, '/nowhere', BUILTINS)?.sources

describe('a settings file tells at a glance', () => {
  test.each([
    ['its model and that it samples with nuts', { model: './model.js' }, './model.js', 'default', 'nuts'],
    ['an export and a sampler', { model: { path: 'm.ts', export: 'wide' }, sampling: { name: 'laplace' } }, 'm.ts', 'wide', 'laplace'],
    ['a sampler by its name alone', { model: 'm.ts', sampling: 'pathfinder' }, 'm.ts', 'default', 'pathfinder'],
  ])('%s', (_, content, path, exportName, name) => {
    expect(sourcesOf(content)).toEqual({ model: { path, exportName }, sampler: { name, url: BUILTINS[0]!.url }, folder: '/nowhere' })
  })

  test.each([
    ['is no object', 'model: ./model.js'],
    ['holds the model itself', { model: { bind: () => undefined } }],
    ['names no model', {}],
    ['names the sampler of a plugin', { model: 'm.ts', sampling: { name: 'mine' } }],
    ['is not valid', { model: 7, sampling: [] }],
    ['is empty', null],
  ])('nothing where it %s', (_, content) => expect(sourcesOf(content)).toBeUndefined())
})

describe('a begun bundle', () => {
  test('is gone on with when the checked settings ask for the same, and not otherwise', async () => {
    const folder = await temporaryFolder()
    await writeProject(folder)
    const sampler = { name: 'nuts', url: pathToFileURL(join(folder, 'sampler.mjs')).href }
    const sources: JobSources = { model: { path: 'model.ts', exportName: 'default' }, sampler, folder }
    const begun = bundleOf(sources, undefined)
    // What esbuild's process is given does not stay in the environment of this one.
    expect([process.env['GOGC'], process.env['GOMEMLIMIT']]).toEqual([undefined, undefined])
    expect(bundleOf(structuredClone(sources), begun)).toBe(begun)
    expect(bundleOf({ ...sources, model: { path: 'model.ts', exportName: 'other' } }, begun)).not.toBe(begun)
    await Promise.allSettled([begun.text])
  })

  test('that fails is heard when it is used, not before', async () => {
    const begun = beginAtAGlance({ model: './missing.js' }, '/nowhere', BUILTINS)!
    await new Promise(resolve => setTimeout(resolve, 20))
    await expect(begun.text).rejects.toMatchObject({ code: 'CHORALE_MODEL_NOT_FOUND' })
  })
})
