import type { OptimizationSummary } from '@chorale/core'
import { expect, test } from 'vitest'

import { describeMode } from '../../src/output/mode.js'

const summary: OptimizationSummary = {
  format: 1,
  run: '20260102-030405-abcd',
  backend: 'cpu',
  rows: { used: 200_000, total: 200_000 },
  dimension: 3,
  jacobian: false,
  logDensity: -12345.678,
  isConverged: true,
  starts: 8,
  found: 6,
  iterations: 41,
  gradients: 1234,
  parameters: { alpha: 20.123456, 'beta[1]': -0.000123456, odds: null },
  fixed: { tau: 2 },
  warnings: [],
  seconds: 1.23,
}
const text = describeMode(summary, '/elsewhere/runs/r')

test('a mode is shown with its values, density and search', () => {
  expect(text).toMatch(/^Mode\nparameter +value\nalpha +20\.1235\nbeta\[1\] +-1\.23456e-4\nodds +-\n/)
  expect(text).toMatch(/^Fixed {4}tau = 2$/m)
  expect(text).toMatch(/^Density {2}-12345\.678 nats \(log, up to a constant\) on the constrained scale$/m)
  expect(text).toMatch(/^Search {3}found by 6 of 8 starts, 41 iterations, 1,234 gradients$/m)
  expect(text).toMatch(/^Rows {5}200,000, all in one task, whatever sharding says$/m)
  expect(text).toMatch(/^Results {2}\/elsewhere\/runs\/r\/results\/optimize\/summary\.json$/m)
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
})

test('a point that is no mode is not called one, and what is not known is left out', () => {
  const unknown = { logDensity: null, starts: null, found: null, iterations: null, gradients: null }
  const warnings = [{ code: 'NOT_CONVERGED', message: 'the search ended before it converged' }]
  const ended = describeMode({ ...summary, ...unknown, isConverged: false, jacobian: true, fixed: {}, warnings }, '/r')
  expect(ended).toMatch(/^Best point\n/)
  expect(ended).toMatch(/^Density {2}- nats \(log, up to a constant\) on the unconstrained scale \(with the\n {9}Jacobian\)$/m)
  expect(ended).toMatch(/^Search {3}-$/m)
  expect(ended).toMatch(/^Warning {2}NOT_CONVERGED: /m)
  expect(ended).not.toContain('Fixed')
})
