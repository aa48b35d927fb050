import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { KINDS, KNOWN_NAMES, type Kind } from '@chorale/core'
import { describe, expect, it } from 'vitest'

import { builtins } from '../src/builtins.js'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}
const NO_PLUGINS = ['@chorale/core', '@chorale/cli', '@chorale/model', '@chorale/report', '@chorale/testkit']

it('the plugins that chorale depends on are those that it registers', () => {
  const dependencies = Object.keys(manifest.dependencies).filter(name => !NO_PLUGINS.includes(name))
  expect(builtins.map(entry => entry.package).sort()).toEqual(dependencies.sort())
})

describe.each(builtins)('$package', ({ package: name, url, load }) => {
  it('provides the names that are known to be its own', async () => {
    const { default: plugin } = await load()
    const provided = (Object.keys(KINDS) as readonly Kind[]).flatMap(kind =>
      (plugin[KINDS[kind].field] ?? []).map(definition => `${kind} ${definition.name}`),
    )
    const known = KNOWN_NAMES.filter(entry => entry.package === name).map(entry => `${entry.kind} ${entry.name}`)
    expect(provided.sort()).toEqual(known.sort())
  })

  it('has a file as its URL, which job bundles take the sampler from', () => {
    expect(readFileSync(fileURLToPath(url), 'utf8')).toContain('default')
  })
})
