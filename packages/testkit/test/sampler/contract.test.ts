import { describe, expect, it } from 'vitest'
import { samplerContract } from '../../src/index.js'
import { brokenBy } from '../broken-by.js'
import { breakages } from './breakages.js'
import { metropolis } from './metropolis.js'

describe('a sampler that keeps the contract', () => {
  it('keeps every clause, and none is skipped', async () => {
    const clauses = samplerContract(metropolis())
    expect(clauses.filter(({ skip }) => skip !== false)).toEqual([])
    expect(await brokenBy(clauses)).toEqual([])
  })
})

describe('a sampler that breaks one clause', () => {
  it.each(breakages)('$clause', async ({ clause, sampler }) => {
    expect(await brokenBy(samplerContract(sampler, { clauseSeconds: 20 }))).toEqual([clause])
  })
})

describe('the contract of samplers', () => {
  it('has a broken sampler for each clause, and each clause once', () => {
    const clauses = samplerContract(metropolis()).map(({ name }) => name)
    expect(breakages.map(({ clause }) => clause)).toEqual(clauses)
    expect(new Set(clauses).size).toBe(clauses.length)
  })

  it('skips because of what the sampler declares alone, and says which', () => {
    const { planSettings: _, restartSettings: __, ...bare } = metropolis()
    const skipped = samplerContract({ ...bare, approximate: true }).filter(({ skip }) => skip !== false)
    expect(skipped.map(({ name, skip }) => [name, skip])).toEqual([
      ['writes the iterations of warm-up when it is asked to', 'declares approximate: true'],
      ['tells in chain.json what the chain did, where it writes one', 'declares approximate: true'],
      ['plans settings that tasks can hold', 'declares no planSettings'],
      ['asks for other settings from what it is shown, and from nothing else', 'declares no restartSettings'],
      ['samples a skewed density that ends', 'declares approximate: true'],
    ])
  })
})
