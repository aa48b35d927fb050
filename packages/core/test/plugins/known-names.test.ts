import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import type { Plugin } from '../../src/contracts/index.js'
import { KINDS, KNOWN_NAMES, type Kind } from '../../src/plugins/index.js'

const packages = join(import.meta.dirname, '../../..')

/** The packages of this workspace whose default export is a plugin. */
const pluginPackages = readdirSync(packages)
  .filter(folder => /^(backend-.*|combiners|data|sampler)$/.test(folder) && existsSync(join(packages, folder, 'src/index.ts')))
  .map(folder => `@chorale/${folder}`)

interface Definition {
  readonly name: string
  readonly aliases?: readonly string[]
}

describe('the table of known names', () => {
  test.each(pluginPackages)('says of %s what it provides: names and aliases, no more and no less', async name => {
    const { default: plugin } = (await import(name)) as { readonly default: Plugin }
    expect(plugin.name).toBe(name)
    const provided = (Object.keys(KINDS) as Kind[]).flatMap(kind =>
      ((plugin[KINDS[kind].field] ?? []) as readonly Definition[]).map(d => ({
        kind,
        name: d.name,
        aliases: [...(d.aliases ?? [])],
        package: name,
      })),
    )
    const byName = (a: Definition, b: Definition): number => (a.name < b.name ? -1 : 1)
    expect(KNOWN_NAMES.filter(entry => entry.package === name).sort(byName)).toEqual(provided.sort(byName))
  })

  test('has the packages that are always there', () => {
    expect(pluginPackages).toEqual(
      expect.arrayContaining(['@chorale/backend-cpu', '@chorale/combiners', '@chorale/data', '@chorale/sampler']),
    )
  })

  test('has each name and alias of a kind once', () => {
    const names = KNOWN_NAMES.flatMap(({ kind, name, aliases }) => [name, ...aliases].map(each => `${kind} ${each}`))
    expect(new Set(names).size).toBe(names.length)
  })

  test('keeps the legacy names of backends and combiners', () => {
    const owner = (name: string) => KNOWN_NAMES.find(entry => entry.name === name || entry.aliases.includes(name))?.name
    expect(['multiprocessing', 'jax', 'jit'].map(owner)).toEqual(['workers', 'workers', 'pjit'])
    expect(['consensus_mc', 'robust_consensus_mc', 'weighted_gaussian', 'simple_average'].map(owner)).not.toContain(undefined)
  })
})
