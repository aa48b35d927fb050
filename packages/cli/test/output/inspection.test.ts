import type { ModelInspection } from '@chorale/core'
import { describe, expect, test } from 'vitest'

import { describeInspection } from '../../src/output/inspection.js'

const parameter = { name: 'beta', shape: [3], support: 'real', scope: 'global', offset: 0, size: 3, prior: 'flat' } as const
const inspection: ModelInspection = {
  model: 'model.ts',
  rows: 'independent',
  dataNames: ['x', 'y'],
  fixed: {},
  data: { rows: 200_000, shards: 8, shardRows: 25_000 },
  bound: {
    dimension: 3,
    parameters: [parameter],
    deterministics: [{ name: 'odds', shape: [2, 3] }],
  },
  description: {
    dimension: 3,
    rowsReason: 'each row adds a term of its own',
    plates: [{ name: 'flights', size: 25_000, role: 'rows' }],
    sites: [
      { name: 'beta', kind: 'parameter', distribution: 'normal', plates: [], shape: [3], support: 'real', scope: 'global', size: 3 },
      {
        name: 'late',
        kind: 'observed',
        distribution: 'bernoulli',
        plates: ['flights'],
        shape: [],
        support: 'boolean',
        scope: 'global',
        size: 0,
      },
    ],
    kernels: [{ site: 'late', kernel: 'dense design, SIMD', reason: 'linear predictor of 3 columns' }],
  },
}

describe('a model that describes itself', () => {
  const text = describeInspection(inspection, '/somewhere/chorale.config.yaml')
  test('is named with its data and dimension', () => {
    expect(text).toMatch(
      /^Model {4}model\.ts\nRows {5}independent.*\n {9}each row adds a term of its own\nColumns {2}x, y\nData {5}200,000 rows in 8 shards; .* 25,000 rows\n/,
    )
    expect(text).toMatch(/^Space {4}3 unconstrained dimensions$/m)
  })
  test('shows what the settings fix as fixed', () => {
    const sites = inspection.description!.sites.map(site => (site.name === 'beta' ? { ...site, size: 0 } : site))
    const fixed = { ...inspection, fixed: { beta: [1, 2.5, -3] }, description: { ...inspection.description!, sites } }
    const shown = describeInspection(fixed, undefined)
    expect(shown).toMatch(/^Fixed {4}beta = \[1, 2\.5, -3\]$/m)
    expect(shown).toMatch(/^beta +fixed +normal +- +3 +real +global +0$/m)
    expect(text).not.toContain('Fixed')
  })
  test('has aligned tables of plates, sites and kernels', () => {
    expect(text).toMatch(/^plate +size +role\nflights +25,000 +rows$/m)
    expect(text).toMatch(/^beta +parameter +normal +- +3 +real +global +3$/m)
    expect(text).toMatch(/^late +observed +bernoulli +flights +scalar +boolean +- +-$/m)
    expect(text).toMatch(/^site +kernel +reason\nlate +dense design, SIMD +linear predictor of 3 columns$/m)
  })
})

test('a hand-written model has its parameters shown, and no kernels', () => {
  const text = describeInspection({ ...inspection, description: null }, undefined)
  expect(text).toMatch(/^parameter +shape +support +scope +prior +size\nbeta +3 +real +global +flat +3$/m)
  expect(text).toMatch(/^deterministic +shape\nodds +2 x 3$/m)
  expect(text).toMatch(/hand-written model .* no kernels to show/)
})

describe('without data', () => {
  const unbound = { ...inspection, data: null, bound: null, description: null }
  test('it is said what is missing', () => {
    expect(describeInspection(unbound, undefined)).toMatch(/^Data {5}not known: no settings file was found/m)
    expect(describeInspection(unbound, 'chorale.config.yaml')).toMatch(/^Data {5}not known: chorale\.config\.yaml names no data/m)
  })
  test('rows and columns are known all the same', () => {
    expect(describeInspection({ ...unbound, rows: { by: 'school' } }, undefined)).toMatch(
      /^Rows {5}independent groups of "school"\nColumns {2}x, y$/m,
    )
  })
})
