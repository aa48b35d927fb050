import type { GateSummary } from '@chorale/core'
import { expect, test } from 'vitest'

import { gateLines } from '../../src/output/gates.js'

const passing: GateSummary = {
  gate: 'RHAT',
  passed: true,
  level: 'warn',
  measured: 1.0034,
  limit: 1.01,
  bound: 'at most',
  shards: { failed: 0, judged: 8 },
  shard: 2,
  parameter: 'beta[1]',
  finding: 'R-hat 1.003 of beta[1] (limit: at most 1.010)',
  meaning: 'the chains disagree',
  advice: [],
}
const failing: GateSummary = {
  ...passing,
  gate: 'DIVERGENCES',
  passed: false,
  level: 'fail',
  measured: 0.25,
  limit: 0.1,
  shards: { failed: 3, judged: 8 },
  shard: 4,
  parameter: `a_very_long_${'name_'.repeat(20)}[1,2]`,
  advice: ['theta spreads as tau says: reparameterise it', `smaller steps may do: ${'and more '.repeat(15)}`],
}
const warning = {
  code: 'DIVERGENCES',
  message: '3 of 8 shards, worst shard 4: 25 % diverged; theta spreads as tau says: reparameterise it',
}
const text = (gates: readonly GateSummary[], warnings = [warning], verbose = false) =>
  gateLines({ gates: [...gates], warnings }, { verbose }).join('\n')

test('gates that all passed are one line, with --verbose a table', () => {
  expect(text([passing, { ...passing, gate: 'ESS_BULK' }], [])).toBe('Gates    all 2 passed')
  expect(text([passing], [], true).split('\n')[3]).toMatch(/^RHAT +yes +1\.003 {2}<= 1\.01 {2}warn {3}shard 2: beta\[1\]$/)
})

test('where one did not pass all are shown, in 80 columns, then the warning, then what else may be done, each once', () => {
  const shown = text([failing, passing, { ...passing, gate: 'ESS_BULK', measured: 12_345.6, limit: 400, bound: 'at least' }])
  expect(shown.split('\n').filter(line => line.length > 80)).toEqual([])
  expect(shown).toMatch(/^DIVERGENCES +NO +0\.250 {2}<= 0\.1 +fail +3 of 8 shards, 4: a_very_lo\.\.\.$/m)
  expect(shown).toMatch(/^ESS_BULK +yes +12,346 {2}>= 400 +warn +shard 2: beta\[1\]$/m)
  const unwrapped = shown.replace(/\n {9}/g, ' ')
  expect(unwrapped.match(/theta spreads/g)).toHaveLength(1)
  expect(unwrapped).toMatch(/^Warning {2}DIVERGENCES: 3 of 8 shards/m)
  expect(unwrapped).toMatch(/^Advice {3}smaller steps may do/m)
})

test('what is not a number is a dash, and one shard is not named', () => {
  expect(text([{ ...failing, measured: null, shards: { failed: 1, judged: 1 }, shard: 0, parameter: 'mu' }])).toMatch(
    /^DIVERGENCES +NO +- {2}<= 0\.1 +fail +mu$/m,
  )
})

test('a gate that is off is no failure, but does not count as passed', () => {
  expect(text([passing, { ...failing, level: 'off', advice: [] }], [])).toBe('Gates    1 of 2 passed; off, and not passed: DIVERGENCES')
})

test('a summary without gates has its warnings', () => {
  expect(text([])).toMatch(/^Warning {2}DIVERGENCES: 3 of 8/)
})
