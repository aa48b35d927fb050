import { expect, it } from 'vitest'

import { composedFamilies, continuousFamilies } from '../../src/distributions/catalog-continuous.js'
import { families } from './families.js'

it('the catalogue has every continuous family with its arguments in order', () => {
  expect(continuousFamilies.map(entry => entry.name).sort()).toEqual(Object.keys(families).sort())
  for (const entry of continuousFamilies) {
    const distribution = families[entry.name](...entry.arguments.map((_, k) => k + 0.5))
    expect(distribution.name).toBe(entry.name)
    expect(Object.keys(distribution.arguments)).toEqual(entry.arguments)
  }
})

it('the catalogue names each distribution once', () => {
  const names = [...continuousFamilies, ...composedFamilies].map(entry => entry.name)
  expect(new Set(names).size).toBe(names.length)
})
