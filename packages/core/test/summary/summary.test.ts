import { expect, test } from 'vitest'

import type { ActiveRun } from '../../src/execution/active-run.js'
import { summaryJsonSchema, summarySchema } from '../../src/summary/summary-schema.js'
import { summaryOf, type SummaryFacts } from '../../src/summary/summary.js'
import { startStopwatch } from '../../src/stopwatch.js'
import type { Verification } from '../../src/verification/verify.js'

const run = {
  record: { id: '20260101-000000-abcd', plan: { chains: 2, backend: 'cpu' }, data: { rows: { used: 10, total: 12 } } },
  backend: { name: 'cpu' },
  settings: { sampling: { name: 'nuts' } },
  warnings: () => [],
  stopwatch: startStopwatch({ monotonic: () => 0 }),
} as unknown as ActiveRun

const summarise = (verification: Partial<Verification>, shards: SummaryFacts['shards'] = [], others: Partial<SummaryFacts> = {}) =>
  summaryOf(run, {
    combiner: 'gaussian',
    shards,
    parameters: {},
    heterogeneity: undefined,
    verification: { paretoK: 0.1, kThreshold: 0.7, weightEss: 1, draws: 1000, shift: [0.1, -0.4], ...verification } as Verification,
    verdict: 'unreliable (test)',
    gates: [],
    ...others,
  })

test('what could not be measured is null, and the summary still meets its schema', () => {
  const summary = summarise({ paretoK: NaN, weightEss: NaN, shift: [0, NaN] })
  expect(summary.verification).toMatchObject({ paretoK: null, weightEss: null, maxShift: null })
  expect(summarySchema().parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary)
})

test('the largest shift counts whatever its sign; equal weights have no k-hat', () => {
  expect(summarise({ paretoK: -Infinity }).verification).toMatchObject({ paretoK: null, maxShift: 0.4 })
})

test('what a combiner reports is there as it is, and what is no number is null', () => {
  const diagnostics = {
    chosen: 'consensus',
    overlap: null,
    predictedBias: { value: 0.1, upper95: NaN },
    shards: [{ shard: 3, influence: 0.2 }],
  }
  const summary = summarise({}, [], { diagnostics })
  expect(summary.diagnostics).toEqual({ ...diagnostics, predictedBias: { value: 0.1, upper95: null } })
  expect(summarySchema().parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary)
  expect(summarise({})).not.toHaveProperty('diagnostics')
})

test('a check is told with its threshold and positions, whoever made it', () => {
  expect(summarise({}).verification).toMatchObject({ paretoK: 0.1, kThreshold: 0.7, positions: 1000 })
  const verification = { skipped: 'the combiner has checked its draws itself' }
  const check = { paretoK: 0.2, kThreshold: 0.68, weightEss: 900, positions: 1500, coverage: null, shift: 0.3 }
  const checked = summarise({}, [], { verification, check }).verification
  expect(checked).toMatchObject({ paretoK: 0.2, kThreshold: 0.68, weightEss: 900, positions: 1500, coverage: null, maxShift: 0.3 })
  const unchecked = summarise({}, [], { verification }).verification
  expect(unchecked).toEqual({
    paretoK: null,
    kThreshold: null,
    weightEss: null,
    positions: null,
    maxShift: null,
    verdict: 'unreliable (test)',
  })
})

test('a shard has what its chains report, whatever else they wrote, and why it ran again', () => {
  const phase = { iterations: 400, gradients: 5000, divergences: 3, seconds: 0.02 }
  const restarted = [{ restart: 1, targetAcceptProb: 0.9, warmup: 500, divergences: 40, rhatMax: 1.2, reason: 'too many divergent draws' }]
  const base = { shard: 0, rows: 10, restarts: 1, restarted, attempts: 1, seconds: 2, chains: [], statistics: [], gates: [] }
  const health = { divergences: 3, rhatMax: 1, essBulkMin: 1000, ebfmiMin: 1, thinned: 4 } as never
  const full = {
    format: 1,
    warmup: phase,
    sampling: phase,
    adaptation: 'fast',
    stepSize: 0.4,
    metric: { kind: 'dense', inverse: [1] },
  } as const
  const reports = [full, undefined, { format: 1, warmup: phase, sampling: phase } as const]
  const summary = summarise({}, [{ ...base, status: 'completed', health, reports }])
  expect(summarySchema().parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary)
  expect(summary.shards[0]).toMatchObject({
    thinnedForDiagnostics: 4,
    restarted,
    chainReports: [
      { chain: 0, warmup: phase, sampling: phase, stepSize: 0.4, metric: 'dense' },
      { chain: 2, warmup: phase, sampling: phase, stepSize: null, metric: null },
    ],
  })
  expect(Object.keys(summary.shards[0]!.chainReports[0]!)).toEqual(['chain', 'warmup', 'sampling', 'stepSize', 'metric'])
})

test('the published JSON Schema names the fields', () => {
  expect(Object.keys((summaryJsonSchema() as { properties: object }).properties)).toContain('verification')
})
