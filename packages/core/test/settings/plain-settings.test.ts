import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { ONCE } from '../../src/check-once.js'
import { plainSettings } from '../../src/settings/plain-settings.js'
import { settingsSchema } from '../../src/settings/schema.js'
import { ALL_KEYS, OPEN_SECTIONS } from '../../src/settings/sections.js'

type Tree = Readonly<Record<string, unknown>>

const asText = (tree: Tree): string => JSON.stringify(tree)
const bySchema = (tree: Tree) => settingsSchema().safeParse(tree, ONCE)

/** What people write, rightly and wrongly. */
const values = fc.oneof(
  fc.constantFrom<unknown>(
    'auto',
    'error',
    'drop',
    'always',
    'warn',
    'fail',
    'off',
    'group',
    'statistical',
    'inline',
    '',
    '8GB',
    './model.js',
    null,
  ),
  fc.constantFrom<unknown>(true, false, [], ['a', 'b'], [1, 2], ['', 3], {}, { mu: 1 }, { y: [1, null, 2] }, { y: ['a'] }, { y: [1, 'a'] }),
  fc.constantFrom<unknown>(
    { 'theta[1]': [1, 2], tau: 0.5 },
    { '': 1 },
    () => 1,
    Float64Array.of(1),
    { y: Float64Array.of(1, 2) },
    new Date(0),
    1e300,
  ),
  fc.integer({ min: -2, max: 1000 }),
  fc.double({ min: -1, max: 2, noNaN: true }),
  fc.constantFrom<unknown>(NaN, Infinity, Number.MAX_SAFE_INTEGER, 0.3, 1, 20, 21),
)
const paths = fc.constantFrom(
  ...ALL_KEYS,
  ...OPEN_SECTIONS.map(section => `${section}.option`),
  'sharding.nothing',
  'nothing',
  'model',
  'backend',
)

const trees = fc.array(fc.tuple(paths, values), { maxLength: 4 }).map(entries => {
  const tree: Record<string, unknown> = {}
  for (const [path, value] of entries) {
    const [section, key] = path.split('.') as [string, string?]
    if (key === undefined) tree[section] = value
    else if (typeof tree[section] !== 'object' || tree[section] === null) tree[section] = { [key]: value }
    else (tree[section] as Record<string, unknown>)[key] = value
  }
  return tree
})

describe('settings that are plainly right', () => {
  test('are what the schema makes of them, in the same order', () => {
    fc.assert(
      fc.property(trees, tree => {
        const plain = plainSettings(tree)
        if (plain === undefined) return
        const { success, data } = bySchema(tree)
        expect(success).toBe(true)
        expect(plain).toEqual(data)
        expect(asText(plain)).toBe(asText(data!))
      }),
      { seed: 1, numRuns: 3000 },
    )
  })

  test('are recognised: no schema is needed for what most people write', () => {
    const tree = {
      model: { path: './model.js' },
      data: { columns: { y: [1, 2, null], part: ['a', 'b', 'a'] }, factors: ['part'] },
      backend: { name: 'workers', parallelTasks: 2, latency: 3 },
      sharding: { shards: 2, strategy: 'by-group', by: 'part' },
      sampling: { chains: 2, draws: 10, fixed: { mu: 1 } },
      validation: { level: 'fail' },
      plugins: ['./mine.js'],
    }
    expect(plainSettings(tree)).toEqual(bySchema(tree).data)
    expect(plainSettings({})).toEqual(bySchema({}).data)
  })

  test('do not share lists with what was written', () => {
    const factors = ['a']
    expect(plainSettings({ data: { factors } })!.data.factors).not.toBe(factors)
    expect(plainSettings({})!.plugins).not.toBe(plainSettings({})!.plugins)
  })
})

test.each([
  ['a size with a unit', { backend: { name: 'cpu', memory: '8GB' } }],
  ['a key that does not exist', { sampling: { draws: 10 }, modle: {} }],
  ['a number beyond those that are exact', { sampling: { draws: 1e300 } }],
  ['an option that is not plain', { backend: { name: 'cpu', when: () => 1 } }],
  ['a model object', { model: { bind: () => undefined } }],
])('%s is left to the schema', (_, tree) => {
  expect(plainSettings(tree)).toBeUndefined()
})
