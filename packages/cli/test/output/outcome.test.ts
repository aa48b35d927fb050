import type { ShardSummary, Summary } from '@chorale/core'
import { expect, test } from 'vitest'

import { describeSummary } from '../../src/output/outcome.js'

const parameter = {
  mean: -1.44022,
  sd: 0.0127,
  mcseMean: 0.0004,
  q5: -1.461,
  q50: -1.44,
  q95: -1.419,
  essBulk: 1003.2,
  essTail: 900,
  rhat: null,
}

const shard: Summary['shards'][number] = {
  id: 0,
  status: 'completed',
  attempts: 1,
  restarts: 0,
  rows: 12_500_000,
  chains: 4,
  divergences: 12,
  rhatMax: 1.0041,
  essBulkMin: 812.4,
  ebfmiMin: 0.91,
  thinnedForDiagnostics: 1,
  chainReports: [],
  restarted: [],
  seconds: 1234.56,
}

const summary: Summary = {
  format: 1,
  run: '20260102-030405-abcd',
  backend: 'cpu',
  sampler: 'nuts',
  combiner: 'consensus',
  shards: [shard, { ...shard, id: 1, status: 'failed', divergences: null, rhatMax: null, essBulkMin: null, ebfmiMin: null }],
  parameters: { intercept: parameter, 'beta[10,12]': { ...parameter, mcseMean: null, rhat: 1.0012 } },
  rows: { used: 12_500_000, total: 25_000_000 },
  heterogeneity: { q: 14.23, degreesOfFreedom: 9, pValue: 0.114, i2: 0.37 },
  verification: {
    paretoK: 0.412,
    kThreshold: 0.668,
    weightEss: 731.2,
    positions: 1000,
    maxShift: 0.0534,
    verdict: 'approximate (0.12 sd: 1 shard missing: the posterior of the rows that remain)',
  },
  gates: [],
  timings: { data: 0.31, planning: 12.24, sampling: 12345.6, combination: 10.42, verification: 12.1, total: 12380.7 },
  warnings: [{ code: 'SHARD_FAILED', message: `shard 1 failed (model): ${'a long story '.repeat(20)}` }],
}

const text = describeSummary(summary, '/elsewhere/runs/20260102-030405-abcd')

test('no line is wider than 80 columns', () => {
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
})

test('every parameter and shard has a line; what is not known is a dash', () => {
  expect(text).toMatch(/^intercept +-1\.4402 +0\.0127 +0\.000400 .* 1,003 +-$/m)
  expect(text).toMatch(/^beta\[10,12\] .* - .* 1\.001$/m)
  expect(text).toMatch(/^1 +failed +12,500,000 +4 +- +- +- +- +0 +1234\.6$/m)
})

test('rows used, agreement of shards, importance check, verdict and results are named', () => {
  expect(text).toMatch(/^Rows {5}12,500,000 of 25,000,000$/m)
  expect(text).toMatch(/^Between {2}Q 14\.2 on 9, p 0\.114, I2 0\.37$/m)
  expect(text).toMatch(/^Check {4}k-hat 0\.41 \(limit 0\.67\), weight ESS 731 of 1,000, largest shift of a\n {9}mean 0\.053 sd$/m)
  expect(text).toMatch(/^Verdict {2}approximate \(0\.12 sd: 1 shard missing/m)
  expect(text).toMatch(/^Results {2}\/elsewhere\/runs\/20260102-030405-abcd\/summary\.json$/m)
})

test('the time of the whole and of each part is told in seconds, without parts that this process did not go through', () => {
  expect(text).toMatch(/^Time {5}12381 s: data 0\.3, planning 12\.2, sampling 12346, combining 10\.4,\n {9}check 12\.1$/m)
  const resumed = { ...summary.timings, data: null, planning: null, verification: null }
  expect(describeSummary({ ...summary, timings: resumed }, 'x')).toMatch(/^Time {5}12381 s: sampling 12346, combining 10\.4$/m)
})

test('one shard has neither agreement nor check', () => {
  const single = describeSummary(
    { ...summary, heterogeneity: null, verification: { ...summary.verification, paretoK: null, positions: null, maxShift: null } },
    'x',
  )
  expect(single).not.toMatch(/^(Between|Check)/m)
})

test('of a check only what was measured is told', () => {
  const measured = (verification: Partial<Summary['verification']>) =>
    /^Check.*\n?.*$/m.exec(describeSummary({ ...summary, verification: { ...summary.verification, ...verification } }, 'x'))?.[0]
  expect(measured({ maxShift: null })).toMatch(/^Check {4}k-hat 0\.41 \(limit 0\.67\), weight ESS 731 of 1,000\n/)
  expect(measured({ paretoK: null })).toContain('k-hat cannot be told (limit 0.67)')
})

test('thousands of parameters are cut to fifty lines', () => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`theta[${i}]`, parameter]))
  const cut = describeSummary({ ...summary, parameters: many }, 'x')
  expect(cut).toContain('... 2950 more')
  expect(cut.split('\n').length).toBeLessThan(80)
})

const warmedUp = (id: number, ...iterations: readonly number[]): ShardSummary => ({
  ...shard,
  id,
  chainReports: iterations.map((count, chain) => {
    const phase = { iterations: count, gradients: 10 * count, divergences: 0, seconds: 1 }
    return { chain, warmup: phase, sampling: phase, stepSize: 0.5, metric: 'diagonal' }
  }),
})
const warmupOf = (...shards: readonly ShardSummary[]) =>
  /^Warm-up.*\n(?: {9}.*\n)*/m.exec(describeSummary({ ...summary, shards: [...shards] }, 'x'))?.[0]

test.each([
  ['nobody says', [shard], undefined],
  ['all chains took as long', [warmedUp(0, 400, 400), warmedUp(1, 400, 400)], 'Warm-up  400 iterations in every chain\n'],
  ['some ended early', [warmedUp(0, 400, 371, 400, 400)], 'Warm-up  400, 371, 400, 400 iterations\n'],
  [
    'some ended early in some shards',
    [warmedUp(0, 400, 371), warmedUp(3, 260, 1000)],
    'Warm-up  shard 0: 400, 371\n         shard 3: 260, 1,000\n',
  ],
  [
    'there are many shards',
    Array.from({ length: 10 }, (_, id) => warmedUp(id, 400, 300)),
    'Warm-up  300 to 400 iterations, 350 on average\n',
  ],
])('the length of warm-up is told briefly where %s', (_, shards, expected) => {
  expect(warmupOf(...shards)).toBe(expected)
})

test('diagnostics of every so-manieth draw are told; of all draws not', () => {
  const thinned = { ...shard, thinnedForDiagnostics: 12 }
  const note = (...shards: ShardSummary[]) => /^Note.*$/m.exec(describeSummary({ ...summary, shards }, 'x'))?.[0]
  expect(note(shard)).toBeUndefined()
  expect(note(thinned)).toMatch(/^Note {5}R-hat, ESS and quantiles are of every 12th draw, means and sds of all$/)
  expect(note(shard, { ...thinned, id: 1, thinnedForDiagnostics: 3 })).toMatch(/quantiles of shard 1 are of every 3rd draw/)
})
