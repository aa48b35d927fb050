import { describe, expect, test } from 'vitest'

import type { BoundModel, Model, ParameterInfo } from '../../src/contracts/index.js'
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

const parameter = (name: string, scope: ParameterInfo['scope']): ParameterInfo => ({
  name,
  shape: [],
  support: 'real',
  scope,
  offset: 0,
  size: 1,
})
const bound = (...parameters: ParameterInfo[]): BoundModel => ({
  parameters,
  dimension: parameters.length,
  logDensityInto: () => 0,
  constrainInto: () => undefined,
  unconstrainInto: () => undefined,
})
const model = (rows: Model['rows']): Model => ({ rows, dataNames: [], bind: () => bound() })

function outcome(
  rows: Model['rows'],
  request: { shards?: number; by?: string; strategy?: typeof RANDOM },
  ...parameters: ParameterInfo[]
): string {
  const { shards = 4, by, strategy = RANDOM } = request
  try {
    checkShardable(model(rows), bound(...parameters), { shards, by, sharder: strategy, module: './model.ts' })
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
  test('of a model with local parameters are refused, and the parameters named', () => {
    const local = parameter('site effect', 'local')
    expect(outcome({ by: 'site' }, { strategy: BY_GROUP, by: 'site' }, parameter('mu', 'global'), local)).toBe('CHORALE_LOCAL_PARAMETERS')
    const check = () => checkShardable(model('independent'), bound(local), { shards: 2, by: undefined, sharder: RANDOM, module: 'm' })
    expect(check).toThrow(/site effect/)
  })
})

test('one shard takes every model', () => {
  for (const rows of ['independent', 'joint', { by: 'site' }] as const) {
    expect(outcome(rows, { shards: 1 }, parameter('site effect', 'local'))).toBe('allowed')
  }
})
