import { describe, expect, it } from 'vitest'
import { robustConsensusMC } from '../../src/index.js'
import { golden, relativeError } from './golden.js'

describe('robustConsensusMC', () => {
  it.each(golden.robust.map((example, i) => [i, example] as const))(
    'gives moments and outliers of the Python reference (%i)',
    (_, example) => {
      const combined = robustConsensusMC(example.shards, { outlierSigma: example.outlierSigma })
      expect(combined.outliers).toEqual(example.outliers)
      expect(relativeError(combined.mean, example.mean)).toBeLessThan(1e-9)
      expect(relativeError(combined.covariance.flat(), example.covariance.flat())).toBeLessThan(1e-9)
    },
  )

  it('needs two shards', () => {
    expect(() => robustConsensusMC([{ mean: [0], covariance: [[1]] }])).toThrow(/at least 2; given: 1/)
  })
})
