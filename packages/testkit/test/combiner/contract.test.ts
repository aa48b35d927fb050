import { describe, expect, it } from 'vitest'
import type { AnyCombiner } from '../../src/combiner/trial.js'
import { checkCombiner, combinerContract, hasPassed } from '../../src/index.js'
import { brokenBy } from '../broken-by.js'
import { breakages } from './breakages.js'
import { either, optional, product, reweighting } from './toy-combiners.js'

describe('a combiner that keeps the contract', () => {
  it.each<[string, AnyCombiner]>([
    ['from draws', product],
    ['with an evaluator', reweighting()],
    ['with an evaluator or without', optional('combines')],
    ['of fractionated and inflated sub-posteriors', either('both')],
  ])('%s keeps every clause', async (_, combiner) => {
    expect(await brokenBy(combinerContract(combiner))).toEqual([])
  })
})

describe('a combiner that breaks one clause', () => {
  it.each(breakages)('$clause', async ({ clause, combiner }) => {
    expect(await brokenBy(combinerContract(combiner))).toEqual([clause])
  })
})

describe('the contract of combiners', () => {
  it('has a broken combiner for each clause, and each clause once', () => {
    const clauses = combinerContract(product).map(({ name }) => name)
    expect(breakages.map(({ clause }) => clause)).toEqual(clauses)
    expect(new Set(clauses).size).toBe(clauses.length)
  })

  it('skips because of what the combiner declares alone, and says which', () => {
    const skipped = combinerContract(product).filter(({ skip }) => skip !== false)
    expect(skipped.map(({ name, requires, skip }) => [name, requires.join(), skip])).toEqual([
      ['combines fractionated sub-posteriors as well as inflated ones', 'subPosteriors: either', 'declares subPosteriors: fractionated'],
      ['combines without an evaluator', 'needs.evaluator: optional', 'declares needs.evaluator: never'],
      ["keeps to the evaluator's budget", 'needs.evaluator: optional or required', 'declares needs.evaluator: never'],
      ['gives the evaluator the signal of the combination', 'needs.evaluator: optional or required', 'declares needs.evaluator: never'],
      ['passes on that a shard cannot be evaluated', 'needs.evaluator: required', 'declares needs.evaluator: never'],
    ])
  })

  it('gives the options with the defaults of their schema, as a run does', async () => {
    const seen: unknown[] = []
    const options = {
      type: 'object',
      properties: { ridge: { type: 'number', default: 0.5 }, scale: { type: 'number', default: 1 } },
    } as const
    const watched: AnyCombiner = {
      ...product,
      options,
      combine: (_, context) => {
        seen.push(context.options)
        throw new Error('enough seen')
      },
    }
    await checkCombiner(watched, { options: { scale: 2 } })
    expect(seen.length).toBeGreaterThan(0)
    for (const given of seen) expect(given).toEqual({ ridge: 0.5, scale: 2 })
  })

  it('gives moments alone to a combiner that needs no draws', async () => {
    let sawDraws = false
    const report = await checkCombiner({
      ...product,
      needs: { draws: false, evaluator: 'never' },
      combine: shards => {
        sawDraws ||= shards.some(shard => 'draws' in shard)
        throw new Error('enough seen')
      },
    })
    expect(sawDraws).toBe(false)
    expect(hasPassed(report)).toBe(false)
    expect(report.checks.at(-1)).toMatchObject({ name: 'combines sub-posteriors', status: 'failed', message: 'enough seen' })
  })
})
