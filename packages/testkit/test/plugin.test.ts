import { describe, expect, it } from 'vitest'
import type { Plugin } from '@chorale/core/contracts'
import { checkPlugin, formatReport, hasPassed, type CheckReport } from '../src/index.js'
import { failuresOf } from './failures-of.js'
import { toyBackend } from './backend/toy-backend.js'
import { metropolis } from './sampler/metropolis.js'
import { here } from './backend/harnesses.js'

const harness = { backend: { harness: here } }

const plugin: Plugin = {
  name: 'toys',
  apiVersion: 1,
  backends: [toyBackend()],
  samplers: [metropolis()],
  dataSources: [{ name: 'empty', summary: 'No rows', load: () => Promise.resolve({ rows: 0, columns: [], dropped: 0 }) }],
}

describe('the plugin suite', () => {
  it('checks every part, and says which part a check is about', async () => {
    const report = await checkPlugin(plugin, harness)
    expect(failuresOf(report), formatReport(report)).toEqual([])
    expect(hasPassed(report)).toBe(true)
    const names = report.checks.map(({ name }) => name)
    expect(names).toContain('backend "toy": may be run again')
    expect(names).toContain('sampler "metropolis": samples a standard normal')
    expect(names).toContain('data source "empty" (shape only): has a name that settings can use')
  })

  const bare = { name: 'toys', apiVersion: 1, sharders: [] } as const
  const sharder = { name: 'all', summary: 'All rows', needsColumn: false, keepsGroups: false, assign: () => new Uint32Array(0) }
  const flawed: readonly { readonly flaw: string; readonly plugin: unknown; readonly caughtBy: string }[] = [
    { flaw: 'a function', plugin: () => bare, caughtBy: 'is a plain object with a name' },
    { flaw: 'no default export', plugin: undefined, caughtBy: 'is a plain object with a name' },
    {
      flaw: 'a later version',
      plugin: { ...plugin, backends: [], samplers: [], apiVersion: 2 },
      caughtBy: 'is written for this version of the contracts',
    },
    { flaw: 'nothing', plugin: bare, caughtBy: 'brings something' },
    {
      flaw: 'a name twice',
      plugin: { ...bare, sharders: [sharder, { ...sharder, name: 'one', aliases: ['all'] }] },
      caughtBy: 'uses every name once',
    },
  ]

  it.each(flawed)('catches $flaw', async ({ plugin: broken, caughtBy }) => {
    const own = failuresOf(await checkPlugin(broken as Plugin, harness)).filter(name => !name.startsWith('sharder'))
    expect(own).toEqual([caughtBy])
  })
})

describe('a report', () => {
  const report: CheckReport = {
    subject: 'combiner "mine"',
    checks: [
      { name: 'holds', status: 'passed' },
      { name: 'does not hold', status: 'failed', message: 'it is 0.3 sd off' },
      { name: 'does not apply', status: 'skipped', message: 'declares detachable: true' },
    ],
  }

  it('is printed with the reasons', () => {
    expect(formatReport(report)).toContain('failed  does not hold\n          it is 0.3 sd off')
  })
})
