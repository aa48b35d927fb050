import type { Heterogeneity } from '@chorale/diagnostics'
import { describe, expect, test } from 'vitest'

import { gateSummary, inOrder } from '../../src/gates/gate-summary.js'
import { heterogeneityGate, successGate, verificationGates } from '../../src/gates/run-gates.js'
import { parseSettings } from '../../src/settings/index.js'

const { validation } = parseSettings({})
const nameOf = (coordinate: number): string => `c${coordinate}`
const outcome = (check: Parameters<typeof verificationGates>[0]) =>
  verificationGates(check, validation, nameOf).map(({ result: { code, passed, measured, parameter } }) => [
    code,
    passed,
    measured,
    parameter,
  ])

describe('the check of a combination', () => {
  const good = { paretoK: 0.2, kThreshold: 0.67 }
  test('that can be believed judges the largest shift, whatever its sign', () => {
    expect(outcome({ ...good, shift: [0.1, -0.4, 0.2] })).toEqual([
      ['PARETO_K', true, 0.2, undefined],
      ['SHIFT', true, 0.4, 'c1'],
    ])
    expect(outcome({ ...good, shift: [0.1, -0.6] })[1]).toEqual(['SHIFT', false, 0.6, 'c1'])
  })
  test('at its threshold, beyond it or without a k-hat cannot be believed', () => {
    for (const paretoK of [0.67, 1.2, NaN])
      expect(outcome({ ...good, paretoK, shift: [0] })).toEqual([['PARETO_K', false, paretoK, undefined]])
  })
  test('with equal weights is the best there is', () => {
    const [gate] = verificationGates({ ...good, paretoK: -Infinity }, validation, nameOf)
    expect(gate!.result).toMatchObject({ passed: true, finding: 'all importance weights are equal (limit: at most 0.67)' })
  })
  test('fails on a shift that is not a number, and names it', () => {
    expect(outcome({ ...good, shift: [0.1, NaN, 0.3] })[1]).toEqual(['SHIFT', false, NaN, 'c1'])
  })
  test('of a combiner that has corrected its draws has no shift to judge', () => {
    expect(outcome(good).map(([code]) => code)).toEqual(['PARETO_K'])
  })
})

describe('heterogeneity', () => {
  const found = (change: Partial<Heterogeneity>): Heterogeneity =>
    ({ q: 120, df: 14, pValue: 1e-18, i2: 0.88, contributions: new Float64Array([10, 90, 20]), unusable: [], ...change }) as Heterogeneity
  const levels = (exact: boolean, heterogeneity: 'warn' | 'fail') =>
    gateSummary(heterogeneityGate(found({}), [3, 5, 8]), { ...validation, heterogeneity }, { exact, advice: [] }).level

  test('names the shard that adds most, by its own number', () => {
    expect(heterogeneityGate(found({}), [3, 5, 8]).result).toMatchObject({
      passed: false,
      shard: 5,
      measured: 0.88,
      finding: 'Q 120 on 14, p 1e-18, I2 0.88 (limit: at most 0.50)',
    })
  })
  test('that chance explains passes, though I2 is large', () => {
    expect(heterogeneityGate(found({ pValue: 0.01, i2: 0.6 }), [0, 1, 2]).result.passed).toBe(true)
  })
  test('that cannot be told does not pass, and names the shards of too few draws', () => {
    const unknown = found({ q: NaN, pValue: NaN, i2: NaN, unusable: [0, 2], contributions: new Float64Array(3).fill(NaN) })
    expect(heterogeneityGate(unknown, [3, 5, 8]).result).toMatchObject({
      passed: false,
      shard: 3,
      finding: 'whether the shards disagree cannot be told: too few effective draws of shard 3, 8',
    })
  })
  test.each([
    [false, 'fail', 'fail'],
    [true, 'fail', 'warn'],
    [true, 'warn', 'warn'],
  ] as const)('of a run that is exact (%s) with the level %s has the level %s', (exact, level, expected) => {
    expect(levels(exact, level)).toBe(expected)
  })
})

test('gates that did not pass go first, those that fail the run before others', () => {
  const gates = [
    ...verificationGates({ paretoK: 0.9, kThreshold: 0.67 }, validation, nameOf),
    successGate(8, 10, 0.5),
    successGate(4, 10, 0.5),
  ].map(gate => gateSummary(gate, validation, { exact: false, advice: [] }))
  expect(inOrder(gates).map(({ gate, passed, level, measured }) => [gate, passed, level, measured])).toEqual([
    ['SUCCESS_RATE', false, 'fail', 0.4],
    ['PARETO_K', false, 'warn', 0.9],
    ['SUCCESS_RATE', true, 'fail', 0.8],
  ])
})
