import { expect, expectTypeOf, test } from 'vitest'

import { open, type RunResults } from '../../src/results/index.js'
import { finishedRun } from './finished-run.js'

test('names that are declared are the only ones that the compiler takes; any is taken where none are', async () => {
  const { path } = await finishedRun([50])
  const results = await open<'mu' | 'total'>(path)
  expect((await results.array('mu[2]')).names).toEqual(['mu[2]'])
  expect((await results.quantiles('total', [0.5]))[0]).toHaveLength(1)
  // @ts-expect-error -- no such site
  await expect(results.array('nu')).rejects.toMatchObject({ code: 'CHORALE_PARAMETER_UNKNOWN' })
  // @ts-expect-error -- nor its elements
  await expect(results.correlation(['mu', 'nu[1]'])).rejects.toMatchObject({ code: 'CHORALE_PARAMETER_UNKNOWN' })
  expectTypeOf<RunResults<'mu'>>().toExtend<Pick<RunResults, 'summary' | 'missing' | 'posterior'>>()
  expectTypeOf<Parameters<RunResults['array']>[0]>().toEqualTypeOf<string>()
})
