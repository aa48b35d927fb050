import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gaussian } from '@chorale/combiners'

import { decodeRowsFile, type CombinerDefinition, type CombinerNeeds } from '../../src/contracts/index.js'
import type { CombinationRequest } from '../../src/planning/choose-combiner.js'
import { drive } from '../../src/execution/drive.js'
import { finishRun } from '../../src/pipeline/finish.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { summarySchema, type Summary } from '../../src/summary/summary-schema.js'
import { gaussianRun, normalPosterior, DEFAULT_MODEL, pooled, rowsOf, type GaussianRunOptions } from './gaussian-run.js'

const REQUEST: CombinationRequest = {
  combiner: {
    kind: 'combiner',
    definition: gaussian as CombinerDefinition<CombinerNeeds, unknown>,
    code: { name: '', url: '', version: '', digest: '' },
  },
  options: {},
  size: 2000,
}
const SHARDS = rowsOf([40, 60, 50], 0)

async function finish(options: Partial<GaussianRunOptions> = {}, request = REQUEST) {
  const made = await gaussianRun({ shards: SHARDS, ...options })
  return { ...made, ...(await finishRun(made.run, await sampleShards(made.run, drive), { request })) }
}
const failing = (...ids: number[]): Partial<GaussianRunOptions> => ({
  mischief: task => (ids.includes(task.shard) ? { fails: 'no such level' } : {}),
})

describe('a run of several shards', () => {
  test('ends with a summary that meets its schema, a claim that holds, and files that say the same', async () => {
    const { path, summary, failedGates, run } = await finish()
    expect(summarySchema().parse(summary)).toEqual(summary)
    expect(JSON.parse(await readFile(join(path, 'summary.json'), 'utf8'))).toEqual(summary)
    expect(JSON.parse(await readFile(join(path, 'results', 'gaussian', 'summary.json'), 'utf8'))).toEqual(summary)
    expect(JSON.parse(await readFile(join(path, 'results', 'gaussian', 'diagnostics.json'), 'utf8'))).toMatchObject({
      format: 1,
      shards: [{}, {}, {}],
    })
    expect(decodeRowsFile(await readFile(join(path, 'results', 'gaussian', 'draws.bin')))).toMatchObject({
      rows: 2000,
      header: { columns: ['x0', 'x1'] },
    })
    expect([failedGates, run.warnings()]).toEqual([[], []])
    expect(summary).toMatchObject({ combiner: 'gaussian', backend: 'recording', rows: { used: 150, total: 150 } })
    expect(summary.shards.map(({ id, status, rows, chains }) => [id, status, rows, chains])).toEqual([
      [0, 'completed', 40, 2],
      [1, 'completed', 60, 2],
      [2, 'completed', 50, 2],
    ])
    const [, claim] = /^approximate \((\d\.\d\d) sd: /.exec(summary.verification.verdict) ?? []
    for (const j of [0, 1]) {
      const truth = normalPosterior(DEFAULT_MODEL, pooled(SHARDS, j))
      const { mean, sd } = summary.parameters[`mu[${j + 1}]`]!
      expect(Math.abs(mean - truth.mean) / truth.sd).toBeLessThan(Number(claim))
      expect(Math.abs(sd / truth.sd - 1)).toBeLessThan(Number(claim))
    }
    expect(summary.heterogeneity!.pValue).toBeGreaterThan(0.001)
  })

  test('is finished again with equal results and no further evaluation', async () => {
    const made = await finish()
    const withoutTimes = async () => ({
      ...(JSON.parse(await readFile(join(made.path, 'summary.json'), 'utf8')) as Summary),
      timings: null,
    })
    const before = await withoutTimes()
    const tasks = made.ran.length
    const again = await made.reopen()
    await finishRun(again, await sampleShards(again, drive), { request: REQUEST })
    expect(await withoutTimes()).toEqual(before)
    expect(made.ran).toHaveLength(tasks)
  })

  test('that is not verified is unreliable, and says why', async () => {
    const off = await finish({ settings: { verification: { enabled: false } } })
    expect(off.summary.verification).toMatchObject({
      paretoK: null,
      weightEss: null,
      maxShift: null,
      verdict: 'unreliable (the combination was not verified: verification.enabled is false)',
    })
    const queue = { capabilities: { interactive: false } }
    const never = await finish({ ...queue, settings: { verification: { maxRounds: 0 } } })
    expect(never.summary.verification.verdict).toMatch(/verification.maxRounds is 0/)
    const once = await finish(queue)
    expect(once.summary.verification.positions).toBe(1000)
    expect(once.ran.filter(id => id.startsWith('evaluate-0000'))).toHaveLength(1)
  })

  test('whose evaluation fails keeps its result, with a warning', async () => {
    const { summary } = await finish({ forgets: task => task.kind === 'evaluate' && task.shard === 2 })
    expect(summary.verification.verdict).toMatch(/^unreliable \(the combination was not verified: .*shard 2/)
    expect(summary.warnings).toMatchObject([{ code: 'NOT_VERIFIED' }])
  })
})

test('one shard is kept as it is: ordinary chains, exact', async () => {
  const [table] = rowsOf([80])
  const { summary, path } = await finish({ shards: [table!], draws: 1000 })
  const truth = normalPosterior(DEFAULT_MODEL, pooled([table!], 0))
  const { mean, mcseMean, rhat, essBulk } = summary.parameters['mu[1]']!
  expect(Math.abs(mean - truth.mean)).toBeLessThan(4 * mcseMean!)
  expect([rhat! < 1.01, essBulk! > 1000, summary.combiner, summary.verification.verdict, summary.heterogeneity]).toEqual([
    true,
    true,
    'none',
    'exact',
    null,
  ])
  expect(decodeRowsFile(await readFile(join(path, 'results', 'none', 'draws.bin'))).rows).toBe(2000)
})

describe('shards that fail', () => {
  test('fail the run by default, with their causes and the setting that accepts it', async () => {
    await expect(finish(failing(1))).rejects.toMatchObject({
      code: 'CHORALE_SUCCESS_RATE',
      message: expect.stringMatching(/2 of 3 shards succeeded; the limit is 100 %.*no such level/),
      details: { fix: expect.stringContaining('combination.minSuccessRate: 0.6666') },
    })
  })
  test('may be missing if the settings say so: rows are counted, and nothing is exact', async () => {
    const { summary } = await finish({ ...failing(1), settings: { combination: { name: 'gaussian', minSuccessRate: 0.6 } } })
    expect(summary.rows).toEqual({ used: 90, total: 150 })
    expect(summary.shards[1]).toMatchObject({ status: 'failed', divergences: null, rhatMax: null, essBulkMin: null, ebfmiMin: null })
    expect(summary.warnings).toMatchObject([{ code: 'SHARD_FAILED', message: 'shard 1 failed (model): no such level' }])
    expect(summary.verification.verdict).toMatch(/^approximate \(0\.\d\d sd: 1 shard missing/)
  })
  test('one of two leaves the posterior of the other, which the check confirms', async () => {
    const shards = rowsOf([40, 60])
    const { summary } = await finish({ ...failing(0), shards, settings: { combination: { name: 'gaussian', minSuccessRate: 0.5 } } })
    expect(summary.verification.verdict).toMatch(/^approximate \(0\.[0-2]\d sd: 1 shard missing/)
  })
  test('all of them leave no result, whatever the limit', async () => {
    await expect(
      finish({ ...failing(0, 1, 2), settings: { combination: { name: 'gaussian', minSuccessRate: 0.01 } } }),
    ).rejects.toMatchObject({
      code: 'CHORALE_NO_USABLE_SHARD',
    })
    await expect(finish({ ...failing(0), shards: rowsOf([30]) })).rejects.toMatchObject({ code: 'CHORALE_NO_USABLE_SHARD' })
  })
})

describe('gates', () => {
  const divergent: Partial<GaussianRunOptions> = { mischief: task => (task.shard === 2 ? { divergent: 0.5 } : {}) }
  test('warn by default, and the verdict says so', async () => {
    const { summary, failedGates } = await finish({ ...divergent, settings: { sampling: { restarts: 0 } } })
    expect(failedGates).toEqual([])
    expect(summary.warnings).toMatchObject([{ code: 'DIVERGENCES' }])
    expect(summary.verification.verdict).toBe('unreliable (DIVERGENCES of shard 2)')
    expect(summary.shards[2]!.divergences).toBe(500)
  })
  test('fail the run by setting', async () => {
    const { failedGates } = await finish({ ...divergent, settings: { sampling: { restarts: 0 }, validation: { level: 'fail' } } })
    expect(failedGates).toMatchObject([expect.stringContaining('shard 2: 500 of 1000 draws diverged')])
  })
})

describe('shards that contradict each other', () => {
  const conflict: Partial<GaussianRunOptions> = { mischief: task => (task.shard === 1 ? { shift: 200 } : {}) }
  test.each([
    ['warn', ['HETEROGENEITY'], 0],
    ['fail', ['HETEROGENEITY'], 1],
    ['off', [], 0],
  ] as const)('%s', async (heterogeneity, codes, failed) => {
    const settings = { validation: { heterogeneity }, verification: { enabled: false } }
    const { summary, failedGates } = await finish({ ...conflict, settings })
    expect(summary.warnings.map(({ code }) => code).filter(code => code === 'HETEROGENEITY')).toEqual(codes)
    expect([failedGates.length, summary.heterogeneity === null]).toEqual([failed, heterogeneity === 'off'])
  })
  test('only warn by default', async () => {
    const { failedGates, summary } = await finish({ ...conflict, settings: { verification: { enabled: false } } })
    expect([failedGates, summary.warnings.some(({ code }) => code === 'HETEROGENEITY')]).toEqual([[], true])
  })
})
