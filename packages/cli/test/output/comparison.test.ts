import type { Summary } from '@chorale/core'
import { expect, test } from 'vitest'

import { describeComparison } from '../../src/output/comparison.js'

const summaryOf = (means: Readonly<Record<string, number>>, others: Partial<Summary> = {}): Summary =>
  ({
    parameters: Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, { mean, sd: name === 'tau' ? 0.1 : 2 }])),
    verification: { paretoK: 0.2, kThreshold: 0.7, weightEss: 900.4, positions: 1000, maxShift: 0.0213, verdict: 'exact' },
    ...others,
  }) as unknown as Summary

const compared = [
  { name: 'gaussian', summary: summaryOf({ mu: 1, tau: 0.5 }, { diagnostics: { predictedBias: { value: 0.12, upper95: 0.31 } } }) },
  {
    name: 'simple_average',
    summary: summaryOf(
      { mu: 2, tau: 0.56 },
      {
        verification: {
          paretoK: null,
          kThreshold: null,
          weightEss: null,
          positions: null,
          maxShift: null,
          verdict: `unreliable (${'why '.repeat(30).trim()})`,
        },
      },
    ),
  },
  {
    name: 'auto',
    summary: summaryOf({ mu: 1, tau: 0.5 }, { diagnostics: { chosen: 'modes', overlap: { least: 0.1, mean: 0.27, expected: 0.3 } } }),
  },
]
const text = describeComparison(compared, '/elsewhere/runs/r')

test('means that differ most are told in the smaller standard deviation', () => {
  // |0.56 - 0.5| / 0.1 = 0.6 sd of tau; |2 - 1| / 2 = 0.5 sd of mu.
  expect(text).toMatch(/^Apart {4}means by up to 0\.60 sd \(tau, gaussian to simple_average\)$/m)
})

test('every combiner has its figures, a dash where nothing was computed, and its verdict', () => {
  expect(text).toMatch(/^combiner +bias +at most +overlap +k-hat +weight ESS +shift$/m)
  expect(text).toMatch(/^gaussian +0\.12 +0\.31 +- +0\.20 +900 +0\.021$/m)
  expect(text).toMatch(/^simple_average +- +- +- +- +- +-$/m)
  expect(text).toMatch(/^auto: modes +- +- +0\.27 +0\.20 +900 +0\.021$/m)
  expect(text).toMatch(/^simple_average {2}unreliable \(why/m)
  expect(text).toMatch(/^auto {12}exact$/m)
})

test('no line is wider than 80 columns', () => {
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
})
