import type { ParameterInfo } from '@chorale/core/contracts'
import { describe, expect, it } from 'vitest'
import { gaussian } from '../../src/index.js'
import { contextOf, gaussianSample, shardOf } from '../shards.js'

const components: ParameterInfo = { name: 'mu', shape: [2], support: 'real', scope: 'global', offset: 0, size: 2 }

/** Eight shards of two component means at -1 and 1, known to 0.2; the labels are exchanged in those named. */
const shardsWith = (swapped: readonly number[], { parameter = components, apart = 0 } = {}) =>
  Array.from({ length: 8 }, (_, shard) => {
    const means = swapped.includes(shard) ? [1, -1] : [-1, 1]
    const mean = means.map(value => value + (shard === 5 ? apart : 0))
    return shardOf(gaussianSample({ mean, covariance: [0.04, 0, 0, 0.04], draws: 300, seed: 70 + shard }), {
      shard,
      of: 8,
      parameters: [parameter],
    })
  })

const combine = (shards: ReturnType<typeof shardsWith>) => Promise.resolve().then(() => gaussian.combine(shards, contextOf({}).context))

describe('labels swapped between shards', () => {
  it('are refused, with the family, the shards and the cure', async () => {
    await expect(combine(shardsWith([1, 3, 4, 6]))).rejects.toMatchObject({
      code: 'CHORALE_COMBINE_LABEL_SWITCHING',
      message: expect.stringMatching(/"mu".*shard 1, 3, 4, 6/),
    })
    await expect(combine(shardsWith([2]))).rejects.toThrow(/order the components|another order/)
  })

  it('are not suspected where shards agree, nor where they disagree in another way', async () => {
    await expect(combine(shardsWith([]))).resolves.toBeDefined()
    await expect(combine(shardsWith([], { apart: 5 }))).resolves.toBeDefined()
  })

  it('cannot happen to an ordered vector', async () => {
    await expect(combine(shardsWith([2], { parameter: { ...components, support: 'ordered' } }))).resolves.toBeDefined()
  })
})
