import { expect, it } from 'vitest'
import { fitGeneralizedPareto, generalizedParetoQuantile, shrinkShape } from '../src/generalized-pareto.js'
import { expectAgreement, golden } from './golden.js'

it('fits the reference sample with and without the weak prior on its shape', () => {
  const sample = Float64Array.from(golden.gpdfit.x as number[])
  const { k, sigma } = fitGeneralizedPareto(sample)
  expectAgreement([k, sigma], golden.gpdfit.nowip)
  expectAgreement([shrinkShape(k, sample.length), sigma], golden.gpdfit.wip)
})

it('has exponential quantiles at shape 0 and uniform ones at shape -1', () => {
  expect(generalizedParetoQuantile({ k: 0, sigma: 2 }, 0.5)).toBeCloseTo(2 * Math.LN2, 14)
  expect(generalizedParetoQuantile({ k: -1, sigma: 2 }, 0.25)).toBeCloseTo(0.5, 14)
})

it('does not fit a sample whose lower quarter is one value', () => {
  expect(fitGeneralizedPareto(Float64Array.from([0, 0, 0, 0, 1, 2, 3, 4])).k).toBeNaN()
})
