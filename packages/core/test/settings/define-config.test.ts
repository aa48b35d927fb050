import { expect, test } from 'vitest'

import { defineConfig, parseSettings, type SettingsInput } from '../../src/settings/index.js'

declare module '../../src/contracts/plugin.js' {
  interface BackendOptions {
    imaginary: { readonly queue?: string; readonly cores?: number }
  }
}

test('returns what it is given', () => {
  const config = { model: './model.ts' }
  expect(defineConfig(config)).toBe(config)
})

test('what it accepts are settings', () => {
  const configs: (SettingsInput | (() => SettingsInput | Promise<SettingsInput>))[] = [
    defineConfig({}),
    defineConfig({ backend: 'cpu', sampling: 'nuts', sharding: { shards: 4 } }),
    defineConfig({ backend: 'imaginary' }),
    defineConfig({ backend: { parallelTasks: 2 } }),
    defineConfig({ backend: { name: 'imaginary', queue: 'long', memory: '8GB' } }),
    defineConfig({ backend: { name: 'of-somebody-else', anything: [1, 2] } }),
    defineConfig({ sampling: { draws: 500, metric: 'dense' }, data: { path: 'a.csv', delimiter: ';' } }),
    defineConfig(() => ({ backend: { name: 'imaginary', cores: 4 } })),
    defineConfig(async () => ({ model: './model.ts' })),
  ]
  for (const config of configs) if (typeof config !== 'function') expect(() => parseSettings(config)).not.toThrow()
})

test('a misspelling is a type error', () => {
  const misspelt = [
    // @ts-expect-error -- the backend's option is "queue"
    defineConfig({ backend: { name: 'imaginary', queu: 'long' } }),
    // @ts-expect-error -- a number is wanted
    defineConfig({ backend: { name: 'imaginary', cores: 'four' } }),
    // @ts-expect-error -- "auto" takes no options
    defineConfig({ backend: { name: 'auto', queue: 'long' } }),
    // @ts-expect-error -- the section is "sharding"
    defineConfig({ shading: { shards: 4 } }),
    // @ts-expect-error -- the key is "shards"
    defineConfig({ sharding: { shard: 4 } }),
    // @ts-expect-error -- not one of the levels
    defineConfig({ validation: { level: 'panic' } }),
  ]
  expect(misspelt).toHaveLength(6)
})
