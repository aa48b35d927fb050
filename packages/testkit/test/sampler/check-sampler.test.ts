import { describe, expect, it } from 'vitest'
import type { SamplerDefinition } from '@chorale/core/contracts'
import { checkSampler, formatReport } from '../../src/index.js'
import { failuresOf } from '../failures-of.js'
import { metropolis, type SamplerFlaws } from '../metropolis.js'

describe('the sampler suite', () => {
  it('passes random-walk Metropolis', async () => {
    const report = await checkSampler(metropolis())
    expect(failuresOf(report), formatReport(report)).toEqual([])
    expect(report.checks.every(({ status }) => status === 'passed')).toBe(true)
  })

  const flawed: readonly { readonly flaw: string; readonly flaws: SamplerFlaws; readonly caughtBy: string | readonly string[] }[] = [
    { flaw: 'a result of another task', flaws: { resultOf: () => 'sample-9999-9' }, caughtBy: 'runs a chain' },
    {
      flaw: 'a wrong digest',
      flaws: { record: file => ({ ...file, digest: `00${file.digest.slice(2)}` }) },
      caughtBy: 'names its files, with their size and digest',
    },
    {
      flaw: 'a wrong size',
      flaws: { record: file => ({ ...file, bytes: file.bytes + 1 }) },
      caughtBy: 'names its files, with their size and digest',
    },
    {
      flaw: 'columns named otherwise',
      flaws: { columns: names => names.map(name => name.toUpperCase()) },
      caughtBy: 'writes a row a draw, in the declared columns',
    },
    { flaw: 'undeclared statistics', flaws: { statistics: ['energy'] }, caughtBy: 'writes a row a draw, in the declared columns' },
    { flaw: 'a gradient of the wrong sign', flaws: { gradient: g => -g }, caughtBy: 'writes the gradient at each draw' },
    { flaw: 'randomness of its own', flaws: { unseeded: true }, caughtBy: 'gives the same bytes for the same key, and others for another' },
    {
      flaw: 'another error when it is stopped',
      flaws: { stopError: () => new Error('interrupted') },
      caughtBy: 'stops when shouldStop() says so',
    },
    {
      flaw: 'a target that is too wide',
      flaws: { temperature: 2 },
      caughtBy: [
        'samples a standard normal',
        "scales the target with the task's powers",
        'finds a start when most points are outside the support, and stays inside',
      ],
    },
    {
      flaw: 'the wrong powers',
      flaws: { powers: powers => ({ ...powers, prior: 1 }), gradient: g => g / 4 },
      caughtBy: "scales the target with the task's powers",
    },
    { flaw: 'a start outside the support', flaws: { startsAnywhere: true }, caughtBy: 'says when there is no start' },
    {
      flaw: 'no cause when there is no start',
      flaws: { startFailure: () => new Error('no luck') },
      caughtBy: 'says when there is no start',
    },
    {
      flaw: 'deafness to throws',
      flaws: { swallowsThrows: true },
      caughtBy: ['says when there is no start', 'passes on what a model throws'],
    },
  ]

  it.each(flawed)('catches $flaw', async ({ flaws, caughtBy }) => {
    expect(failuresOf(await checkSampler(metropolis(flaws)))).toEqual([caughtBy].flat())
  })

  it('catches a sampler that does not stop, in both ways of asking', async () => {
    const report = await checkSampler(metropolis({ neverStops: true }), { checkSeconds: 10 })
    expect(failuresOf(report)).toEqual(['stops when shouldStop() says so', 'returns to the event loop while it samples'])
  })

  it('catches a sampler that never returns to the event loop', async () => {
    expect(failuresOf(await checkSampler(metropolis({ neverYields: true })))).toEqual(['returns to the event loop while it samples'])
  })

  const misshapen: readonly { readonly flaw: string; readonly change: Partial<SamplerDefinition>; readonly caughtBy: string }[] = [
    { flaw: 'a name with capitals', change: { name: 'Metropolis' }, caughtBy: 'has a name that settings can use' },
    { flaw: 'an alias equal to the name', change: { aliases: ['metropolis'] }, caughtBy: 'has a name that settings can use' },
    { flaw: 'an empty summary', change: { summary: ' ' }, caughtBy: 'says in a line what it is' },
    {
      flaw: 'a schema that is not of an object',
      change: { options: { type: 'string' } as never },
      caughtBy: 'has an options schema that can be used before anything is loaded',
    },
    {
      flaw: 'a required option that does not exist',
      change: { options: { type: 'object', required: ['step'] } },
      caughtBy: 'has an options schema that can be used before anything is loaded',
    },
    { flaw: 'a statistic twice', change: { extraFields: ['accepted', 'accepted'] }, caughtBy: 'declares the columns of its statistics' },
  ]

  it.each(misshapen)('catches $flaw', async ({ change, caughtBy }) => {
    expect(failuresOf(await checkSampler({ ...metropolis({ statistics: change.extraFields ?? ['accepted'] }), ...change }))).toContain(
      caughtBy,
    )
  })
})
