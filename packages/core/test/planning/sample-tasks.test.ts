import { describe, expect, test } from 'vitest'

import { chainKey, modelReference, restartTarget, sampleTasks } from '../../src/planning/sample-tasks.js'
import { parseSettings } from '../../src/settings/index.js'
import type { RunRecord } from '../../src/run-directory/index.js'

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
const settings = parseSettings({ sampling: { warmup: 100, draws: 50, maxTreeDepth: 8, targetAcceptProb: 0.85, metric: 'dense' } })

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
      settings: { warmup: 100, draws: 50, targetAcceptProb: 0.85, maxTreeDepth: 8, options: { metric: 'dense' } },
    })
    expect(JSON.parse(JSON.stringify(tasks))).toEqual(tasks)
  })
  test('of a restart are all of its chains, under other names and keys, with a higher target', () => {
    const [first, second] = [0, 1].map(restart => sampleTasks(record(3, 2), settings, 1, restart))
    expect(second!.map(({ id }) => id)).toEqual(['sample-0001-0-r1', 'sample-0001-1-r1'])
    second!.forEach((task, chain) => {
      expect(task.settings.targetAcceptProb).toBeGreaterThan(first![chain]!.settings.targetAcceptProb)
      expect(task.key).not.toEqual(first![chain]!.key)
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

describe('the target acceptance of restarts', () => {
  test.each([
    [0.8, [0.8, 0.9, 0.95, 0.99]],
    [0.6, [0.6, 0.9, 0.95, 0.99]],
    [0.9, [0.9, 0.95, 0.99, 0.995]],
    [0.93, [0.93, 0.95, 0.99, 0.995]],
    [0.998, [0.998, 0.999, 0.9995, 0.99975]],
  ])('from %f', (first, targets) => {
    expect(targets.map((_, restart) => restartTarget(first, restart))).toEqual(targets.map(target => expect.closeTo(target, 9)))
  })
  test('rises with every restart and stays below 1', () => {
    for (const first of [0.01, 0.5, 0.8, 0.99, 0.9999]) {
      for (let restart = 1; restart < 10; restart++) {
        expect(restartTarget(first, restart)).toBeGreaterThan(restartTarget(first, restart - 1))
        expect(restartTarget(first, restart)).toBeLessThan(1)
      }
    }
  })
})
