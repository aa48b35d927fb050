import { expect, test } from 'vitest'

import type { ActiveRun } from '../../src/execution/active-run.js'
import { summaryJsonSchema, summarySchema } from '../../src/pipeline/summary-schema.js'
import { summaryOf } from '../../src/pipeline/summary.js'
import { startStopwatch } from '../../src/stopwatch.js'
import type { Verification } from '../../src/verification/verify.js'

const run = {
  record: { id: '20260101-000000-abcd', plan: { chains: 2 }, data: { rows: { used: 10, total: 12 } } },
  backend: { name: 'cpu' },
  settings: { sampling: { name: 'nuts' } },
  warnings: () => [],
  stopwatch: startStopwatch({ monotonic: () => 0 }),
} as unknown as ActiveRun

const summarise = (verification: Partial<Verification>) =>
  summaryOf(run, {
    combiner: 'gaussian',
    shards: [],
    parameters: {},
    heterogeneity: undefined,
    verification: { weightEss: 1, shift: [0.1, -0.4], ...verification } as Verification,
    verdict: 'unreliable (test)',
  })

test('what could not be measured is null, and the summary still meets its schema', () => {
  const summary = summarise({ paretoK: NaN, weightEss: NaN, shift: [0, NaN] })
  expect(summary.verification).toMatchObject({ paretoK: null, weightEss: null, maxShift: null })
  expect(summarySchema.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary)
})

test('the largest shift counts whatever its sign; equal weights have no k-hat', () => {
  expect(summarise({ paretoK: -Infinity }).verification).toMatchObject({ paretoK: null, maxShift: 0.4 })
})

test('the published JSON Schema names the fields', () => {
  expect(Object.keys((summaryJsonSchema() as { properties: object }).properties)).toContain('verification')
})
