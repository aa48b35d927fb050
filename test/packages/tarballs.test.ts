import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { succeed, unreachableRegistry } from './command.js'
import { packedPackages } from './packed-packages.js'
import { publicPackages, root, type Manifest } from './public-packages.js'

let unpacked: string
let unreachable: string | undefined

beforeAll(async () => {
  unpacked = await mkdtemp(join(tmpdir(), 'chorale-tarballs-'))
  await packedPackages().catch((error: Error) => {
    unreachable = unreachableRegistry(error.message)
    if (unreachable === undefined) throw error
  })
}, 120_000)

beforeEach(({ skip }) => {
  if (unreachable !== undefined) skip(unreachable)
})

afterAll(() => rm(unpacked, { recursive: true, force: true }))

interface Tarball {
  readonly folder: string
  readonly manifest: Manifest
  /** Relative to the folder. */
  readonly files: readonly string[]
}

const tarballs = new Map<string, Promise<Tarball>>()

/** A tarball, unpacked once for all tests. */
function unpack(name: string): Promise<Tarball> {
  const known = tarballs.get(name) ?? unpackInto(name)
  tarballs.set(name, known)
  return known
}

async function unpackInto(name: string): Promise<Tarball> {
  const folder = await mkdtemp(join(unpacked, 'package-'))
  await succeed(folder, 'tar', ['-xzf', (await packedPackages()).tarball(name), '--strip-components=1'])
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
  return { folder, manifest: JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest, files: files.sort() }
}

/** `@scope/name/sub` and `name/sub` without what follows the name. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** What `library`, which loads on first use, is called with. */
const loadedOnUse = (text: string): readonly string[] => [...text.matchAll(/\blibrary\('([^']+)'\)/g)].map(([, name]) => name!)

/** What the files of `dist` and `bin` with these endings import from elsewhere, and from where. */
async function importsOf({ folder, files }: Tarball, ending: RegExp): Promise<ReadonlyMap<string, string>> {
  const imported = new Map<string, string>()
  for (const file of files.filter(path => /^(dist|bin)\//.test(path) && ending.test(path))) {
    const text = await readFile(join(folder, file), 'utf8')
    const { importedFiles } = ts.preProcessFile(text, true, true)
    for (const name of [...importedFiles.map(({ fileName }) => fileName), ...loadedOnUse(text)]) {
      if (!/^(\.|node:)/.test(name)) imported.set(packageOf(name), file)
    }
  }
  return imported
}

const CODE = /\.js$/
const DECLARATIONS = /\.d\.ts$/

describe.each(publicPackages.map(({ manifest }) => manifest.name))('the tarball of %s', name => {
  test('holds what a reader and a bundler need, and nothing of ours', async () => {
    const { folder, manifest, files } = await unpack(name)
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.d.ts', 'dist/index.js']))
    expect(manifest.description).toMatch(/\w/)
    expect(files.filter(file => /(^|\/)(tests?|node_modules|runs)\/|\.(test|spec)\.|tsbuildinfo|tsconfig|\.tgz$/.test(file))).toEqual([])
    for (const file of files) {
      const text = await readFile(join(folder, file), 'utf8')
      expect.soft(text.includes(root), `${file} holds a path of this machine`).toBe(false)
      if (file === 'package.json') expect(text).not.toMatch(/"(workspace|link|file|catalog):/)
    }
  })

  test('holds the source of everything that is compiled', async () => {
    const { folder, files } = await unpack(name)
    const orphans: string[] = []
    for (const map of files.filter(file => file.endsWith('.map'))) {
      const { sources } = JSON.parse(await readFile(join(folder, map), 'utf8')) as { readonly sources: readonly string[] }
      if (!sources.every(source => existsSync(join(folder, map, '..', source)))) orphans.push(map)
    }
    expect(orphans, 'what is left in dist of sources that are gone would be published: remove dist and compile').toEqual([])
  })

  test('declares every package that it imports, and none besides', async () => {
    const tarball = await unpack(name)
    const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {}, optionalDependencies = {} } = tarball.manifest
    const declared = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
    const code = await importsOf(tarball, CODE)
    const types = await importsOf(tarball, DECLARATIONS)
    const imported = new Map([...types, ...code])
    expect([...imported].filter(([other]) => !declared.includes(other) && other !== name)).toEqual([])
    // What may be absent is looked for by name while running, and no declaration may need it.
    const optional = declared.filter(other => peerDependenciesMeta[other]?.optional)
    expect(declared.filter(other => !imported.has(other) && !optional.includes(other))).toEqual([])
    expect(optional.filter(other => types.has(other))).toEqual([])
  })
})

test('the contracts are a world of their own: whoever imports them loads nothing else', async () => {
  const { folder, files } = await unpack('@chorale/core')
  for (const file of files.filter(path => path.startsWith('dist/contracts/') && /\.(js|d\.ts)$/.test(path))) {
    const imported = ts.preProcessFile(await readFile(join(folder, file), 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName)
    expect
      .soft(
        imported.filter(other => !/^\.\/[\w-]+\.js$/.test(other)),
        file,
      )
      .toEqual([])
  }
})
