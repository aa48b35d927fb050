import { describe, expect, test } from 'vitest'

import { defineCombiner, type ParameterInfo } from '../../src/contracts/index.js'
import { localGroupsWarning } from '../../src/planning/local-groups.js'
import { checkLocals, requireCombinesGlobals, type LocalsRequest } from '../../src/planning/local-rules.js'
import { thrown } from './thrown.js'

const site = (name: string, scope: ParameterInfo['scope'], more: Partial<ParameterInfo> = {}): ParameterInfo => ({
  name,
  shape: [],
  support: 'real',
  scope,
  offset: 0,
  size: 1,
  ...more,
})
const MU = site('mu', 'global')
const EFFECT = site('effect', 'local', { shape: [2], size: 2, levels: [[0, 1]] })
const REQUEST: LocalsRequest = { shards: 4, method: 'conditional', sampler: { name: 'nuts' }, module: './model.ts' }

const refusal = (
  rows: Parameters<typeof checkLocals>[0]['rows'],
  parameters: readonly ParameterInfo[],
  change: Partial<LocalsRequest> = {},
) => thrown(() => checkLocals({ rows }, parameters, { ...REQUEST, ...change }))

describe('several shards of a model with local parameters', () => {
  test('are allowed where groups stay together and have names', () => expect(refusal({ by: 'site' }, [MU, EFFECT])).toBeUndefined())

  test('are refused where groups could be split, and the parameters named', () => {
    expect(refusal('independent', [MU, EFFECT])).toMatchObject({
      code: 'CHORALE_LOCAL_PARAMETERS',
      message: expect.stringContaining('(effect)'),
      details: { fix: expect.stringContaining('rows: { by:') },
    })
    expect(refusal('independent', [MU, EFFECT], { shards: 1 })).toBeUndefined()
    expect(refusal('independent', [MU])).toBeUndefined()
  })

  test('are refused where nobody knows which groups a shard has, unless local parameters are left out', () => {
    const nameless = site('effect', 'local', { shape: [2], size: 2 })
    expect(refusal({ by: 'site' }, [MU, nameless])).toMatchObject({
      code: 'CHORALE_LOCAL_PARAMETERS',
      message: expect.stringContaining('which groups'),
    })
    expect(refusal({ by: 'site' }, [MU, nameless], { method: 'skip' })).toBeUndefined()
  })

  test('are refused where there is nothing global', () => {
    expect(refusal({ by: 'site' }, [EFFECT])).toMatchObject({ message: expect.stringContaining('nothing to combine') })
  })

  test('need a sampler that draws them given the global ones, or another method', () => {
    const sampler = { name: 'pathfinder', approximate: true }
    expect(refusal({ by: 'site' }, [MU, EFFECT], { sampler })).toMatchObject({ message: expect.stringContaining('pathfinder') })
    expect(refusal({ by: 'site' }, [MU, EFFECT], { sampler, method: 'transport' })).toBeUndefined()
  })

  test('cannot have a combiner that asks for the density of the posterior, or for inflated likelihoods', () => {
    const combiner = (evaluator: 'never' | 'optional' | 'required', subPosteriors: 'fractionated' | 'inflated' | 'either') =>
      defineCombiner({
        name: 'c',
        summary: '',
        needs: { draws: false, evaluator },
        subPosteriors,
        combine: () => Promise.reject(new Error()),
      })
    const asked = (...of: Parameters<typeof combiner>) => thrown(() => requireCombinesGlobals(combiner(...of)))?.code
    expect([asked('never', 'fractionated'), asked('optional', 'either')]).toEqual([undefined, undefined])
    expect([asked('required', 'fractionated'), asked('never', 'inflated')]).toEqual(Array(2).fill('CHORALE_LOCAL_PARAMETERS'))
  })
})

describe('shards with few groups', () => {
  const plan = (...groups: readonly number[]) => {
    const parameters = (size: number) => [MU, { ...EFFECT, shape: [size], size, levels: [Array.from({ length: size }, (_, i) => i)] }]
    const shards = groups.map((size, id) => ({ id, rows: 1, bytes: 1, digest: '', parameters: parameters(size) }))
    return { shards, parameters: shards[0]!.parameters }
  }
  test('are warned of below thirty, with the smallest shard', () => {
    expect(localGroupsWarning(plan(30, 29, 12, 80))).toMatchObject({
      code: 'LOCAL_GROUPS',
      message: expect.stringContaining('shard 2 has 12 groups'),
    })
    expect(localGroupsWarning(plan(30, 31))).toBeUndefined()
    expect(localGroupsWarning(plan(5))).toBeUndefined()
  })
})
