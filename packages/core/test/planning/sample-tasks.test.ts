import { describe, expect, test } from 'vitest'

import { chainKey, modelReference, sampleTasks } from '../../src/planning/sample-tasks.js'
import type { SamplingSettings } from '../../src/contracts/index.js'
import type { RunRecord } from '../../src/run-directory/index.js'

const settings: SamplingSettings = {
  warmup: 100,
  draws: 50,
  maxTreeDepth: 8,
  targetAcceptProb: 0.85,
  thin: 2,
  saveWarmup: true,
  options: { metric: 'dense' },
}

const record = (shards: number, chains: number, seed = 7): RunRecord => ({
  format: 1,
  id: '20260101-000000-abcd',
  createdAt: 0,
  versions: { chorale: '', node: '', v8: '', arch: '', platform: '' },
  settings: {},
  seed,
  plan: {
    shards: Array.from({ length: shards }, (_, id) => ({ id, rows: 10 + id, bytes: 80, digest: 'd'.repeat(64) })),
    chains,
    backend: 'cpu',
    combiner: 'consensus',
    sampler: { name: 'nuts', url: '', version: '', digest: '' },
    sampling: settings,
    powers: { prior: 1 / shards, jacobian: 1 / shards, likelihood: 1 },
    dimension: 3,
    parameters: [],
    summary: { levels: 4 },
  },
  plugins: [],
  code: { path: 'code/x/job.mjs', digest: 'c'.repeat(64), exportName: 'default' },
  data: { directory: 'data/f', fingerprint: 'f'.repeat(64), rows: { total: 0, used: 0 }, labels: {} },
  kernels: [],
})

describe('the tasks of a shard', () => {
  test('are its chains, with everything that a job must know', () => {
    const tasks = sampleTasks(record(3, 2), settings, 1, 0)
    expect(tasks.map(({ id }) => id)).toEqual(['sample-0001-0', 'sample-0001-1'])
    expect(tasks[1]).toMatchObject({
      kind: 'sample',
      shard: 1,
      chain: 1,
      restart: 0,
      model: { kind: 'bundle', path: 'code/x/job.mjs', exportName: 'default' },
      data: { kind: 'columns', directory: 'data/f' },
      summary: { levels: 4 },
      powers: { prior: 1 / 3, jacobian: 1 / 3, likelihood: 1 },
      load: { rows: 11, dataBytes: 80, dimension: 3, draws: 150 },
      settings,
    })
    expect(JSON.parse(JSON.stringify(tasks))).toEqual(tasks)
  })
  test('know what is fixed', () => {
    const made = record(3, 2)
    const [task] = sampleTasks({ ...made, plan: { ...made.plan, fixed: { tau: 2 } } }, settings, 1, 0)
    expect(task!.fixed).toEqual({ tau: 2 })
    expect(sampleTasks(made, settings, 1, 0)[0]).not.toHaveProperty('fixed')
  })
  test('of a restart are all of its chains, under other names and keys, with its settings', () => {
    const other = { ...settings, targetAcceptProb: 0.95 }
    const [first, second] = [sampleTasks(record(3, 2), settings, 1, 0), sampleTasks(record(3, 2), other, 1, 1)]
    expect(second.map(({ id }) => id)).toEqual(['sample-0001-0-r1', 'sample-0001-1-r1'])
    second.forEach((task, chain) => {
      expect(task.settings).toEqual(other)
      expect(task.key).not.toEqual(first[chain]!.key)
    })
  })
  test('of an object of this process name the run', () => {
    expect(modelReference({ ...record(1, 1), code: null })).toEqual({ kind: 'inline', id: '20260101-000000-abcd' })
  })
})

describe('keys', () => {
  test('are all different over seeds, shards, chains and restarts', () => {
    const keys = new Set<string>()
    for (const seed of [0, 1, 2, 2 ** 40]) {
      for (let shard = 0; shard < 40; shard++) {
        for (let chain = 0; chain < 8; chain++) {
          for (let restart = 0; restart < 4; restart++) keys.add(chainKey(seed, shard, chain, restart).join())
        }
      }
    }
    expect(keys.size).toBe(4 * 40 * 8 * 4)
  })
  test('do not depend on how many shards and chains there are', () => {
    const few = sampleTasks(record(3, 2), settings, 2, 1)
    const many = sampleTasks(record(90, 8), settings, 2, 1)
    expect(few.map(({ key }) => key)).toEqual(many.slice(0, 2).map(({ key }) => key))
  })
})
