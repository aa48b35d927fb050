import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { gateSchema } from '../../src/gates/gate-schema.js'
import { GATES, SHARD_GATES } from '../../src/gates/gates.js'
import { sectionNode } from '../../src/settings/sections.js'

const page = readFileSync(new URL('../../../../docs/gates.md', import.meta.url), 'utf8')
const levels = Object.keys(sectionNode('validation')!.properties!['levels']!.properties!)

describe.each(GATES.map(gate => [gate.code, gate] as const))('%s', (code, gate) => {
  test('has a row, and says what it means', () => {
    expect(page).toMatch(new RegExp(`^\\| \`${code}\` +\\|`, 'm'))
    expect(gate.meaning.length).toBeGreaterThan(20)
  })
  test('is named by the schema of summaries', () => expect(gateSchema().shape.gate.description).toContain(code))
})

test('every level of the settings is of one gate, and the other way round', () => {
  const named = GATES.flatMap(({ level }) => level ?? [])
  expect([...named].sort()).toEqual([...levels].sort())
  for (const level of levels) expect(page).toContain(`\`${level}\``)
})

test('gates of shards have their limits among the settings, and the page has the defaults', () => {
  const { properties } = sectionNode('validation')!
  const limits = { ...properties } as Record<string, { readonly default?: unknown }>
  for (const key of ['maxRhat', 'minEss', 'minBfmi', 'maxDivergenceRate', 'maxTreeDepthSaturation', 'minAcceptProb', 'maxShift']) {
    expect(page).toContain(`\`validation.${key}\`, ${String(limits[key]!.default)}`)
  }
  expect(SHARD_GATES).toHaveLength(7)
})
