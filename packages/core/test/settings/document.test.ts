import { readFile } from 'node:fs/promises'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'

import { ALL_KEYS, REFERENCE_ALIASES, REJECTED_NAMES, settingsJsonSchema, settingsMarkdown } from '../../src/settings/index.js'
import { nodeAt } from '../../src/settings/json-schema.js'

const page = (name: string): URL => new URL(`../../../../docs/${name}`, import.meta.url)

test.each([
  ['settings.md', () => settingsMarkdown()],
  ['settings.schema.json', () => `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`],
])('docs/%s is what the generator writes', async (name, generate) => {
  expect(await readFile(page(name), 'utf8')).toBe(generate())
})

describe('the reference table', () => {
  test.each(ALL_KEYS)('explains %s in a sentence', key => {
    expect(nodeAt(key.split('.')).description).toMatch(/^\p{Lu}|^`/u)
    expect(nodeAt(key.split('.')).description).toMatch(/\.$/)
    expect(settingsMarkdown()).toContain(`| \`${key}\``)
  })

  test('has every accepted and every rejected name of the Python reference', () => {
    for (const { name } of REFERENCE_ALIASES) expect(settingsMarkdown()).toContain(`\`${name}\``)
    for (const name of REJECTED_NAMES.flatMap(({ names }) => names)) expect(settingsMarkdown()).toContain(`\`${name}\``)
  })
})

describe('the JSON Schema', () => {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(settingsJsonSchema())

  test('accepts settings, and the short forms of sections', () => {
    expect(validate({ $schema: './settings.schema.json', model: './model.ts', backend: 'cpu', sharding: { shards: 'auto' } })).toBe(true)
    expect(validate({ model: { path: './model.ts', export: 'density' }, backend: { name: 'pbs', memory: '8GB', queue: 'long' } })).toBe(
      true,
    )
  })

  test.each([
    [{ sharding: { shard: 4 } }],
    [{ sharding: { shards: 0 } }],
    [{ validation: { level: 'panic' } }],
    [{ backend: { memory: 'much' } }],
    [{ modle: './model.ts' }],
    [{ model: {} }],
    [{ plugins: [{ name: 'an object cannot be in a file' }] }],
  ])('refuses %j', settings => {
    expect(validate(settings)).toBe(false)
  })
})
