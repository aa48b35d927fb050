import { describe, expect, test } from 'vitest'

import type { BoundModel } from '../../src/contracts/index.js'
import { checkPredictions, plannedPredictions } from '../../src/planning/plan-predictions.js'
import type { RunRecord } from '../../src/run-directory/index.js'
import { parseSettings } from '../../src/settings/index.js'

const PARAMETER = { name: 'mu', shape: [], support: 'real', scope: 'global', offset: 0, size: 1 } as const

function planned({ shards = 1, scope = 'global' }: { readonly shards?: number; readonly scope?: 'global' | 'local' } = {}) {
  const plan = {
    shards: Array.from({ length: shards }, (_, id) => ({ id, rows: 500 })),
    chains: 4,
    sampling: { warmup: 200, draws: 1000, thin: 2 },
    parameters: [{ ...PARAMETER, scope }],
  }
  return { plan, data: { rows: { total: 500 * shards, used: 500 * shards } } } as unknown as Pick<RunRecord, 'plan' | 'data'>
}

const bound = (functions: Partial<BoundModel> = {}): BoundModel =>
  ({
    dimension: 1,
    pointwiseInto: () => undefined,
    simulate: () => ({ y: new Float64Array(500), z: new Float64Array(1000) }),
    ...functions,
  }) as unknown as BoundModel

const settingsWith = (output: object, combination: object = {}) => parseSettings({ output, combination })

test('without being asked for nothing is computed', async () => {
  expect(plannedPredictions(settingsWith({}), planned())).toEqual([])
  expect(await checkPredictions(settingsWith({}), planned(), bound({ simulate: undefined as never }), './model.js')).toBeUndefined()
})

test('one shard: all kept draws of its chains, a number for each row; simulated data by what the model simulates', async () => {
  const settings = settingsWith({ logLikelihood: true, predictive: true })
  const simulatedPerRow = await checkPredictions(settings, planned(), bound(), './model.js')
  expect(simulatedPerRow).toBe(3)
  expect(plannedPredictions(settings, planned(), simulatedPerRow)).toEqual([
    { kind: 'logLikelihood', draws: 2000, valuesPerDraw: 500, space: 4e9 },
    { kind: 'predictive', draws: 2000, valuesPerDraw: 1500, space: 4e9 },
  ])
})

test.each([
  ['combined draws of several shards', { shards: 3 }, {}, 4000],
  ['as many as are asked for', { shards: 3 }, { predictionDraws: 50 }, 50],
  ['those that have local parameters', { shards: 3, scope: 'local' as const }, {}, 600],
])('draws: %s', (_, plan, output, draws) => {
  expect(plannedPredictions(settingsWith({ logLikelihood: true, ...output }), planned(plan))[0]!.draws).toBe(draws)
})

describe('refused before anything is sampled', () => {
  const refusal = (output: object, model = bound(), plan = planned(), combination: object = {}) =>
    checkPredictions(settingsWith(output, combination), plan, model, './model.js')

  test('what the model cannot compute', async () => {
    const [logLikelihood, predictive] = [{ logLikelihood: true }, { predictive: true }]
    await expect(refusal(logLikelihood, bound({ pointwiseInto: undefined as never }))).rejects.toMatchObject({
      code: 'CHORALE_PREDICTIONS_UNAVAILABLE',
      details: { askedBy: 'output.logLikelihood' },
    })
    await expect(refusal(predictive, bound({ simulate: undefined as never }))).rejects.toMatchObject({
      code: 'CHORALE_PREDICTIONS_UNAVAILABLE',
      details: { askedBy: 'output.predictive' },
    })
  })

  test('a model whose simulate throws, by its name', async () => {
    const throwing = bound({
      simulate: () => {
        throw new TypeError('no such group')
      },
    })
    await expect(refusal({ predictive: true }, throwing)).rejects.toMatchObject({
      code: 'CHORALE_MODEL_THREW',
      details: { askedBy: 'model: ./model.js' },
    })
  })

  test('what takes more than there is space for, with the number of draws that fits', async () => {
    await expect(refusal({ logLikelihood: true, predictionSpace: '1MB' })).rejects.toMatchObject({
      code: 'CHORALE_PREDICTIONS_TOO_LARGE',
      message: 'The log likelihood of each row at 2000 draws is 2000 x 500 numbers, 8MB; the limit is 1MB.',
      details: { fix: expect.stringContaining('output.predictionDraws: 250 ') },
    })
    await refusal({ logLikelihood: true, predictionSpace: '1MB', predictionDraws: 250 })
  })

  test('rows that depend on local parameters which are left out', async () => {
    await expect(
      refusal({ logLikelihood: true }, bound(), planned({ shards: 2, scope: 'local' }), { locals: 'skip' }),
    ).rejects.toMatchObject({
      code: 'CHORALE_PREDICTIONS_UNAVAILABLE',
      details: { fix: expect.stringContaining('combination.locals: conditional') },
    })
  })
})
