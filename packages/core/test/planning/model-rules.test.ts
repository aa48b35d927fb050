import { describe, expect, test } from 'vitest'

import type { BoundModel, Model } from '../../src/contracts/index.js'
import { checkShardable } from '../../src/planning/model-rules.js'

const sharder = (name: string, keepsGroups: boolean) => ({
  name,
  summary: '',
  needsColumn: keepsGroups,
  keepsGroups,
  assign: () => new Uint32Array(),
})
const RANDOM = sharder('random', false)
const BY_GROUP = sharder('by-group', true)

const model = (rows: Model['rows']): Model => ({ rows, dataNames: [], bind: () => ({}) as BoundModel })

function outcome(rows: Model['rows'], request: { shards?: number; by?: string; strategy?: typeof RANDOM }): string {
  const { shards = 4, by, strategy = RANDOM } = request
  try {
    checkShardable(model(rows), { shards, by, sharder: strategy, module: './model.ts' })
    return 'allowed'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('several shards', () => {
  test('of independent rows are allowed', () => expect(outcome('independent', {})).toBe('allowed'))
  test('of a joint likelihood would be another model', () => expect(outcome('joint', {})).toBe('CHORALE_MODEL_JOINT'))
  test('of groups need a strategy that keeps groups', () =>
    expect(outcome({ by: 'site' }, { by: 'site' })).toBe('CHORALE_SHARDING_SPLITS_GROUPS'))
  test('of groups need the groups of the same column', () => {
    expect(outcome({ by: 'site' }, { strategy: BY_GROUP, by: 'year' })).toBe('CHORALE_SHARDING_SPLITS_GROUPS')
    expect(outcome({ by: 'site' }, { strategy: BY_GROUP, by: 'site' })).toBe('allowed')
  })
})

test('one shard takes every model', () => {
  for (const rows of ['independent', 'joint', { by: 'site' }] as const) {
    expect(outcome(rows, { shards: 1 })).toBe('allowed')
  }
})
