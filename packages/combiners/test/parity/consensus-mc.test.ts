import { describe, expect, it } from 'vitest'
import { consensusMC } from '../../src/index.js'
import { golden, relativeError } from './golden.js'

describe('consensusMC', () => {
  it.each(golden.consensus.map((example, i) => [i, example] as const))('gives the moments of the Python reference (%i)', (_, example) => {
    const combined = consensusMC(example.shards)
    expect(relativeError(combined.mean, example.mean)).toBeLessThan(1e-9)
    expect(relativeError(combined.covariance.flat(), example.covariance.flat())).toBeLessThan(1e-9)
  })

  it('takes the pseudo-inverse of a singular covariance', () => {
    const singular = { mean: [1, 1], covariance: [[1, 1], [1, 1]] } // prettier-ignore
    const { mean, covariance } = consensusMC([singular, { mean: [3, 3], covariance: [[1, 1], [1, 1]] }]) // prettier-ignore
    expect(relativeError(mean, [2, 2])).toBeLessThan(1e-12)
    expect(relativeError(covariance.flat(), [0.5, 0.5, 0.5, 0.5])).toBeLessThan(1e-12)
  })

  it('refuses no shards, unequal sizes and NaN', () => {
    const shard = { mean: [0], covariance: [[1]] }
    expect(() => consensusMC([])).toThrow(expect.objectContaining({ code: 'CHORALE_COMBINE_NO_USABLE_SHARD' }))
    expect(() => consensusMC([shard, { mean: [0, 1], covariance: [[1, 0], [0, 1]] }])).toThrow(/Shard 1 has 2 parameters/) // prettier-ignore
    expect(() => consensusMC([{ ...shard, mean: [NaN], shardId: 12 }])).toThrow(/Shard 12 .*not finite/)
  })
})
