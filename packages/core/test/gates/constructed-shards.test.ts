import { describe, expect, test } from 'vitest'
import { gaussian } from '@chorale/combiners'

import type { CombinerDefinition, CombinerNeeds } from '../../src/contracts/index.js'
import { drive } from '../../src/execution/drive.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { fewerShards } from '../../src/gates/advice/shard-size.js'
import { onDisagreeingShards } from '../../src/gates/advice/on-disagreeing-shards.js'
import type { AdviceContext } from '../../src/gates/advice/advice.js'
import { finishRun } from '../../src/pipeline/finish.js'
import type { CombinationRequest } from '../../src/planning/choose-combiner.js'
import { parseSettings } from '../../src/settings/index.js'
import { gaussianRun, rowsOf, type GaussianRunOptions } from '../pipeline/gaussian-run.js'

const REQUEST: CombinationRequest = {
  combiner: {
    kind: 'combiner',
    definition: gaussian as CombinerDefinition<CombinerNeeds, unknown>,
    code: { name: '', url: '', version: '', digest: '' },
  },
  options: {},
  size: 2000,
}
const SHARDS = rowsOf([40, 60, 50, 45], 0)

async function finish(options: Partial<GaussianRunOptions>) {
  const made = await gaussianRun({ shards: SHARDS, ...options })
  const result = await finishRun(made.run, await sampleShards(made.run, drive), { request: REQUEST })
  const { gates } = result.summary
  const failed = gates.filter(({ passed }) => !passed)
  return { ...made, ...result, failed: failed.map(({ gate }) => gate), gate: (code: string) => gates.find(({ gate }) => gate === code)! }
}

test('shards of one truth pass every gate, those on their combination too', async () => {
  const { failed, summary } = await finish({})
  expect(failed).toEqual([])
  expect(summary.gates.map(({ gate }) => gate)).toEqual([
    ...['RHAT', 'ESS_BULK', 'ESS_TAIL', 'EBFMI', 'DIVERGENCES', 'TREE_DEPTH', 'ACCEPTANCE'],
    ...['SUCCESS_RATE', 'HETEROGENEITY', 'PARETO_K', 'SHIFT'],
  ])
})

test('divergences in one shard are of that shard, and no other gate fails', async () => {
  const { failed, gate, failedGates } = await finish({
    mischief: task => (task.shard === 2 ? { divergent: task.chain === 1 ? 0.5 : 0 } : {}),
    settings: { sampling: { restarts: 0 }, validation: { levels: { divergences: 'fail' } } },
  })
  expect(failed).toEqual(['DIVERGENCES'])
  expect(gate('DIVERGENCES')).toMatchObject({ shard: 2, shards: { failed: 1, judged: 4 }, measured: 0.25, limit: 0.1, level: 'fail' })
  expect(gate('DIVERGENCES').advice).toContainEqual(expect.stringMatching(/^250 of the 250 divergent draws are of chain 1/))
  // Independent draws diverge anywhere: no site is blamed.
  expect(gate('DIVERGENCES').advice.join()).not.toMatch(/funnel|divergent draws have/)
  expect(failedGates).toMatchObject([expect.stringMatching(/^shard 2: 250 of 1000 draws diverged \(limit: at most 10 %\)/)])
})

describe('a shard that disagrees', () => {
  test('from other data is named, its chains are believed, and its rows are doubted', async () => {
    const { gate, failed } = await finish({
      mischief: task => (task.shard === 1 ? { shift: 30 } : {}),
      settings: { verification: { enabled: false } },
    })
    expect(failed).toEqual(['HETEROGENEITY'])
    const { shard, advice, measured, limit, level } = gate('HETEROGENEITY')
    expect([shard, measured! > 0.9, limit, level]).toEqual([1, true, 0.5, 'warn'])
    expect(advice[0]).toMatch(
      /^shard 1 sticks out: [5-9]\d % of Q, most in mu\[[12]\] \(z \d+\.\d against the other shards\); its chains converged \(R-hat 1\.00\d\)/,
    )
    expect(advice[1]).toMatch(/^a shard has as few as 40 rows for 2 unconstrained parameters.*one shard \(sharding\.enable: never\)$/)
  })
  test('because its chains do not mix is told apart from other data', async () => {
    const { gate, failed } = await finish({
      mischief: task => (task.shard === 1 ? { shift: 30 + task.chain } : {}),
      settings: { verification: { enabled: false } },
    })
    expect(failed).toEqual(['RHAT', 'ESS_BULK', 'ESS_TAIL', 'HETEROGENEITY'])
    expect(gate('HETEROGENEITY').advice[0]).toMatch(
      /^shard 1 sticks out: .*; its chains did not converge \(RHAT\), which explains it: see to these first$/,
    )
  })
  test('of level fail fails the run unless the verdict is exact', async () => {
    const { gate, failedGates } = await finish({
      mischief: task => (task.shard === 1 ? { shift: 30 } : {}),
      settings: { verification: { enabled: false }, validation: { heterogeneity: 'fail' } },
    })
    expect(gate('HETEROGENEITY').level).toBe('fail')
    expect(failedGates).toMatchObject([expect.stringMatching(/^Q \d+ on 6, p .*, I2 0\.9\d \(limit: at most 0\.50\): the shards disagree/)])
  })
})

describe('the check of a combination', () => {
  // Every shard is off by 0.4 of its sd, which is twice the posterior's: the combination is off by 0.8, and no shard disagrees with another.
  const off = (shift: number, settings = {}): Partial<GaussianRunOptions> => ({
    mischief: () => ({ shift, withoutScores: true }),
    settings,
    draws: 1500,
  })
  test('finds what no comparison of shards can find: all of them off alike', async () => {
    const { failed, gate, summary } = await finish(off(0.4))
    expect(failed).toEqual(['SHIFT'])
    expect(gate('SHIFT').measured).toBe(summary.verification.maxShift)
    expect(Math.abs(gate('SHIFT').measured! - 0.8)).toBeLessThan(0.15)
    expect(gate('SHIFT').finding).toMatch(
      /^the importance check moves the mean of mu\[[12]\] by 0\.[789]\d posterior sd \(limit: at most 0\.50\)$/,
    )
    expect(gate('SHIFT').advice).toContainEqual(expect.stringContaining('combination.name: amis'))
  })
  test('may allow more', async () => {
    expect((await finish(off(0.4, { validation: { maxShift: 1 } }))).failed).toEqual([])
  })
  test('that cannot be believed says so, and no shift is judged', async () => {
    const { failed, gate, summary } = await finish(off(8, { validation: { levels: { paretoK: 'fail' } } }))
    expect(failed).toEqual(['PARETO_K'])
    expect(gate('PARETO_K')).toMatchObject({
      limit: summary.verification.kThreshold,
      level: 'fail',
      measured: summary.verification.paretoK,
    })
    expect(gate('SHIFT')).toBeUndefined()
  })
})

describe('how many shards', () => {
  const context = (rows: number, shards: number, dimension = 10): AdviceContext =>
    ({
      record: {
        plan: { shards: Array.from({ length: shards }, (_, id) => ({ id, rows: rows / shards })), dimension, sampling: { draws: 500 } },
        data: { rows: { used: rows } },
      },
      settings: parseSettings({}),
      shards: [],
    }) as unknown as AdviceContext

  test('is advised where most shards fail a gate and have few rows', () => {
    const most = { shards: { failed: 5, judged: 8 } }
    // 1500 rows for each of ten parameters: 60,000 rows bear four shards.
    expect(fewerShards(most, context(60_000, 8))).toEqual([
      expect.stringMatching(/7500 rows for 10 unconstrained .* use fewer shards, at most 4 \(sharding\.shards: 4\)$/),
    ])
    expect(fewerShards(most, context(600_000, 8))).toEqual([])
    expect(fewerShards({ shards: { failed: 3, judged: 8 } }, context(60_000, 8))).toEqual([])
  })
  test('is advised where covariances are of too few draws', () => {
    const unusable = { unusable: [2], center: new Float64Array(10) } as unknown as NonNullable<AdviceContext['heterogeneity']>
    const advice = onDisagreeingShards({ ...context(60_000, 8), heterogeneity: unusable })
    expect(advice).toEqual([
      expect.stringMatching(/^a covariance of 10 parameters asks for more than 12 effective draws .*sampling\.draws, 500 now/),
      expect.stringContaining('sharding.shards: 4'),
    ])
  })
})
