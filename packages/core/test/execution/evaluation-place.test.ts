import { expect, test } from 'vitest'

import type { ActiveRun } from '../../src/execution/active-run.js'
import { evaluationRounds, withinRounds } from '../../src/execution/evaluation-place.js'

const run = (interactive: boolean, evaluate: string, maxRounds = 3) =>
  ({
    backend: { getCapabilities: () => ({ interactive }) },
    settings: { combination: { evaluate }, verification: { maxRounds } },
  }) as unknown as ActiveRun

test('only rounds that wait in a queue are counted', () => {
  expect(evaluationRounds(run(false, 'backend'))).toBe(3)
  for (const free of [run(false, 'auto'), run(false, 'driver'), run(true, 'backend')]) expect(evaluationRounds(free)).toBe(Infinity)
})

test('a combiner that would ask once more is told so', async () => {
  const at = { draws: 1, dimension: 1, values: new Float64Array(1) }
  const options = { signal: new AbortController().signal }
  const asked: string[] = []
  const evaluator = withinRounds(
    {
      budget: 10,
      evaluate: async () => (asked.push('values'), new Float64Array(1)),
      gradients: async () => (asked.push('gradients'), { logDensity: new Float64Array(1), gradients: at }),
    },
    2,
  )
  await evaluator.evaluate(at, options)
  await evaluator.gradients(at, options)
  await expect(evaluator.evaluate(at, options)).rejects.toMatchObject({
    code: 'CHORALE_COMBINE_BUDGET',
    details: { askedBy: 'verification.maxRounds' },
  })
  expect(asked).toEqual(['values', 'gradients'])
})
