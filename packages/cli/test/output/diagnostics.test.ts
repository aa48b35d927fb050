import type { JsonObject, Summary } from '@chorale/core'
import { describe, expect, test } from 'vitest'

import { diagnosticLines } from '../../src/output/diagnostics.js'

const UNCHECKED = { paretoK: null, kThreshold: null, weightEss: null, positions: null, maxShift: null, verdict: 'exact' }

const linesOf = (diagnostics: JsonObject, others: Partial<Summary> = {}, verbose = false): string => {
  const shards = Array.from({ length: 16 }, (_, id) => ({ id }))
  const summary = { shards, heterogeneity: null, verification: UNCHECKED, diagnostics, ...others } as unknown as Summary
  return diagnosticLines(summary, { verbose }).join('\n')
}

const shardsOf = (...influence: readonly number[]) => influence.map((value, shard) => ({ shard, method: 'score', influence: value }))

test('nothing is said of what nobody computed', () => {
  expect(linesOf({})).toBe('')
  expect(linesOf({ predictedBias: 'large', overlap: [1], shards: { a: 1 }, weakShards: 3, advisedShards: '4', chosen: 7 })).toBe('')
})

test('what cannot be told is said not to be', () => {
  expect(linesOf({ heterogeneity: null, predictedBias: null, overlap: null })).toBe(
    'Between  cannot be told\nBias     cannot be told\nOverlap  cannot be told',
  )
})

test('heterogeneity of the chains goes before that of the combiner', () => {
  const diagnostics = { heterogeneity: { q: 12.04, df: 9, p: 0.2114, i2: 0.25 } }
  expect(linesOf(diagnostics)).toBe('Between  Q 12.0 on 9, p 0.211, I2 0.25')
  const heterogeneity = { q: 14.23, degreesOfFreedom: 9, pValue: 0.114, i2: 0.37 }
  expect(linesOf(diagnostics, { heterogeneity })).toBe('Between  Q 14.2 on 9, p 0.114, I2 0.37')
})

test('the choice of auto is told with its reason, and importance sampling that it did not keep', () => {
  const text = linesOf({
    chosen: 'edgeworth',
    why: 'the predicted bias of 0.23 posterior sd is known well enough to be corrected',
    importance: { paretoK: 0.92, kThreshold: 0.7, weightEss: 12.4, coverage: 7.13, doubt: 'k-hat is too large' },
  })
  expect(text).toMatch(/^Chosen {3}edgeworth: the predicted bias of 0\.23 posterior sd/m)
  expect(text.replace(/\n {9}/g, ' ')).toMatch(
    /^Tried {4}importance sampling, not kept: k-hat 0\.92 \(limit 0\.70\), weight ESS 12, coverage 7\.1, k-hat is too large$/m,
  )
})

test('predicted errors have their upper limits', () => {
  const text = linesOf({ predictedBias: { value: 0.034, upper95: 0.081 }, tails: { value: 0.012, upper95: null } })
  expect(text).toBe(
    'Bias     0.03 sd predicted from skewness (95 % limit 0.08 sd)\nTails    1.2 % of an sd predicted from heavy or light tails',
  )
})

test('overlap and disagreement are told, of combiners the two that are farthest apart', () => {
  const text = linesOf({
    overlap: { least: 0.031, mean: 0.22, expected: 0.25, leastDraws: 31 },
    disagreement: { 'gaussian to edgeworth': 0.04, 'gaussian to weierstrass': 0.31 },
  }).replace(/\n {9}/g, ' ')
  expect(text).toContain("Overlap  22 % of a shard's draws lie where the posterior does, at least 3.1 %; of alike shards 25 %")
  expect(text).toContain('Apart    means of combiners by up to 0.31 sd (gaussian to weierstrass)')
})

test('shards that do not overlap with the result at all', () => {
  expect(linesOf({ overlap: { least: 0, mean: 0, expected: 0.0007, leastDraws: 0 } })).toBe(
    'Overlap  no draw of a shard lies where the posterior does; of alike shards 0.1 %',
  )
})

describe('shards', () => {
  const shards = [
    { shard: 4, influence: 0.1, leaveOneOut: 0.2 },
    { shard: 7, influence: 0.5, leaveOneOut: null },
    { shard: 9, influence: 0.15, leaveOneOut: 1.25 },
    { shard: 11, influence: 0.25, leaveOneOut: 0.7 },
  ].map(shard => ({ ...shard, method: 'score', predictedBias: 0.1 }))

  test('the three that matter most are named', () => {
    expect(linesOf({ shards }).replace(/\n {9}/g, ' ')).toBe(
      'Weight   of the precision: 50 % in shard 7, 25 % in shard 11, 15 % in shard 9\n' +
        'Left out the mean moves by 1.25 sd without shard 9, 0.70 sd without shard 11, 0.20 sd without shard 4',
    )
  })

  test('with --verbose all of them', () => {
    const text = linesOf({ shards }, {}, true)
    expect(
      text
        .split('\n')
        .slice(1, 5)
        .map(line => line.trim().split(/ {2,}/)),
    ).toEqual([
      ['4', '10 %', '0.20', '0.10', 'score'],
      ['7', '50 %', '-', '0.10', 'score'],
      ['9', '15 %', '1.25', '0.10', 'score'],
      ['11', '25 %', '0.70', '0.10', 'score'],
    ])
  })

  test('where no shard can be left out that is said, and nothing where nobody asked for it', () => {
    const alone = shardsOf(0.6, 0.4).map(shard => ({ ...shard, leaveOneOut: null }))
    expect(linesOf({ shards: alone })).toContain('Left out how far the mean would move cannot be told')
    expect(linesOf({ shards: shardsOf(0.6, 0.4) })).not.toContain('Left out')
  })

  test('weak ones and those with several modes are named, up to ten', () => {
    const text = linesOf({ weakShards: [3], severalModes: Array.from({ length: 12 }, (_, i) => i) }).replace(/\n {9}/g, ' ')
    expect(text).toContain('Weak     shard 3 knows next to nothing of some direction of the parameters')
    expect(text).toContain('Modes    shards 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more have several separated modes')
  })
})

describe('the check', () => {
  const verification = { paretoK: 0.41, kThreshold: 0.67, weightEss: 731.2, positions: 1000, maxShift: 0.0534, verdict: 'exact' }
  const check = (others: Partial<Summary['verification']>) =>
    linesOf({}, { verification: { ...verification, ...others } }).replace(/\n {9}/g, ' ')

  test('has coverage where the combiner measured it', () => {
    expect(check({})).toBe('Check    k-hat 0.41 (limit 0.67), weight ESS 731 of 1,000, largest shift of a mean 0.053 sd')
    expect(check({ coverage: 1.24 })).toContain('weight ESS 731 of 1,000, coverage 1.2, largest')
    expect(check({ coverage: null })).toContain('coverage cannot be told')
  })
})

describe('advice on the number of shards', () => {
  const UNCORRECTED = {
    verification: { ...UNCHECKED, verdict: 'approximate (0.10 sd: consensus, by importance check)' },
  } as unknown as Partial<Summary>

  const advice = (advisedShards: number, upper95 = 0.05) =>
    /^Advice[^]*$/m.exec(linesOf({ advisedShards, predictedBias: { value: 0.02, upper95 } }, UNCORRECTED).replace(/\n {9}/g, ' '))?.[0]

  test('fewer of them, with the setting', () => {
    expect(advice(8)).toBe('Advice   at most 8 shards keep the predicted bias below 0.1 sd (sharding.shards: 8)')
  })
  test('as many as there are, unless the draws are too few to tell', () => {
    expect(advice(16)).toBe('Advice   16 shards keep the predicted bias below 0.1 sd')
    expect(advice(16, 0.55)).toBe(
      'Advice   16 shards keep the predicted bias below 0.1 sd; but 0.55 sd is possible, and more draws would tell',
    )
  })
  test('what the draws leave open is told for the number that is advised', () => {
    // Of 16 shards at most 1.2 sd, of 4 a fifth of that: the bias goes with K - 1.
    expect(advice(4, 1.2)).toBe(
      'Advice   at most 4 shards keep the predicted bias below 0.1 sd (sharding.shards: 4); but 0.24 sd is possible, and more draws would tell',
    )
  })
  test('not given where the density has corrected the combination, unless all is asked for', () => {
    const found = { advisedShards: 8, predictedBias: { value: 0.02, upper95: 0.05 } }
    expect(linesOf(found)).not.toContain('Advice')
    expect(linesOf(found, {}, true)).toContain('Advice')
  })

  test('none, with what to do instead', () => {
    expect(advice(1)).toMatch(
      /^Advice {3}no split keeps the predicted bias below 0\.1 sd: one shard \(sharding\.enable: never\), or a combiner/,
    )
  })
})

test('no line is wider than 80 columns', () => {
  const text = linesOf({
    chosen: 'consensus',
    why: 'a long reason '.repeat(12).trim(),
    overlap: { least: 0.031, mean: 0.22, expected: 0.25 },
    shards: Array.from({ length: 400 }, (_, shard) => ({ shard, influence: 1 / 400, leaveOneOut: 0.1 })),
    weakShards: Array.from({ length: 400 }, (_, i) => i),
    advisedShards: 1,
  })
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
})
