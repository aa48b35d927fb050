import { describe, expect, test } from 'vitest'

import { DEFAULT_CAPABILITIES, type BackendCapabilities, type MCMCBackend, type ParameterInfo } from '../../src/contracts/index.js'
import { plannedWork, type WorkRequest } from '../../src/pipeline/planned-work.js'

/** Memory of one chain 1 GB, of each further one of the shard 0.25 GB. */
const backendOf = (capabilities: Partial<BackendCapabilities>, name = 'workers') =>
  ({
    name,
    getCapabilities: () => ({ ...DEFAULT_CAPABILITIES, ...capabilities }),
    estimateMemory: ({ chains }: { chains: number }) => 0.75 + 0.25 * chains,
  }) as unknown as MCMCBackend

const SAMPLING = { warmup: 100, draws: 300, thin: 1, saveWarmup: false }

function work(asked: {
  readonly shards?: number
  readonly chains?: number
  readonly parallelTasks?: number
  readonly capabilities?: Partial<BackendCapabilities>
  readonly backend?: string
  readonly gradientSeconds?: number | undefined
  readonly extraFields?: readonly string[]
  readonly sampling?: Partial<typeof SAMPLING>
  readonly parameters?: readonly Pick<ParameterInfo, 'name' | 'shape' | 'scope' | 'offset'>[]
  readonly disk?: Partial<WorkRequest['disk']>
}) {
  const { shards = 8, chains = 4, parallelTasks = 4, capabilities = { supportsSharding: true, maxParallelShards: 64 } } = asked
  const { extraFields = ['energy', 'num_steps'], gradientSeconds = 0.001 } = asked
  const plan = {
    shards: Array.from({ length: shards }, (_, id) => ({ id, rows: 100 * (id + 1), bytes: 1000, digest: '' })),
    chains,
    sampler: { name: 'nuts' },
    sampling: { ...SAMPLING, ...asked.sampling },
    dimension: 3,
    parameters: asked.parameters ?? [],
  }
  return plannedWork({
    plan: {
      record: { plan, data: { rows: { used: 3600, total: 3600 } } },
      sampler: { extraFields },
      gradientSeconds: 'gradientSeconds' in asked ? asked.gradientSeconds : gradientSeconds,
    } as unknown as WorkRequest['plan'],
    backend: backendOf(capabilities, asked.backend),
    backendReason: 'as asked',
    evaluations: 'backend' as const,
    combiner: 'consensus',
    disk: { combinedDraws: 500, localDraws: 0, positions: 0, deterministics: 0, priorDraws: 0, predictionBytes: 0, ...asked.disk },
    usableWorkers: 4,
    parallelTasks,
  })
}

describe('tasks at a time', () => {
  test.each([
    ['as many as the run allows', {}, 4],
    ['no more than there are', { shards: 1, chains: 2 }, 2],
    ['one, where neither shards nor chains run together', { capabilities: { supportsParallelChains: false } }, 1],
    ['the chains of one shard, where shards do not run together', { capabilities: {}, chains: 3 }, 3],
    [
      'one of each shard, where chains do not run together',
      { capabilities: { supportsSharding: true, maxParallelShards: 2, supportsParallelChains: false } },
      2,
    ],
  ] as const)('%s', (_, asked, expected) => {
    expect(work(asked).tasksAtOnce).toBe(expected)
  })
})

describe('memory', () => {
  test('four chains in flight are of two shards at the change from one to the next', () => {
    expect(work({}).memory).toBeCloseTo(1 + 3 * 0.25 + 1000 / 1e9, 12)
  })
  test('one task is one chain of one shard, whatever else there is', () => {
    expect(work({ parallelTasks: 1 }).memory).toBe(1)
  })
  test('one shard is one shard', () => {
    expect(work({ shards: 1 }).memory).toBe(1 + 3 * 0.25)
  })
})

describe('time', () => {
  // A chain of the first shard: 400 iterations x 15 gradients x 1 ms = 6 s; of shard k + 1 times as much: 36 x 6 s for one chain of each of 8.
  test('is that of all gradients over the cores', () => {
    expect(work({}).seconds).toBeCloseTo((4 * 36 * 6) / 4, 10)
    expect(work({ parallelTasks: 100 }).seconds).toBeCloseTo((4 * 36 * 6) / 4, 10)
    expect(work({ parallelTasks: 1 }).seconds).toBeCloseTo(4 * 36 * 6, 10)
  })
  test('is at least that of the longest chain', () => {
    expect(work({ chains: 1, shards: 2, parallelTasks: 4 }).seconds).toBeCloseTo(12, 10)
  })
  test('of rows that are split between threads is that of one chain on all cores', () => {
    expect(work({ shards: 1, chains: 1, capabilities: {}, backend: 'pjit' }).seconds).toBeCloseTo(6 / 4, 10)
  })
  test('is not told without the time of a gradient, or for a sampler without trajectories', () => {
    expect(work({ gradientSeconds: undefined })).toMatchObject({ seconds: null, gradientSeconds: null, gradientsPerIteration: 15 })
    expect(work({ extraFields: ['log_density'] })).toMatchObject({ seconds: null, gradientSeconds: 0.001, gradientsPerIteration: null })
  })
})

describe('disk', () => {
  test('is mostly that of draws with gradients, statistics, moments and values, and of the rows', () => {
    const one = { shards: 1, chains: 1 }
    const { diskBytes } = work(one)
    expect(work({ ...one, sampling: { draws: 100_300 } }).diskBytes - diskBytes).toBe(8 * 100_000 * (2 * 3 + 2 + 3))
    expect(work({ ...one, sampling: { draws: 100_300, thin: 10 } }).diskBytes - diskBytes).toBe(8 * (10_030 - 300) * (2 * 3 + 2 + 3))
  })
  test('grows with what is asked for besides', () => {
    const { diskBytes } = work({})
    expect(work({ disk: { predictionBytes: 1e6 } }).diskBytes - diskBytes).toBe(1e6)
    expect(work({ disk: { combinedDraws: 600 } }).diskBytes - diskBytes).toBe(8 * 100 * 3)
    expect(work({ disk: { deterministics: 5 } }).diskBytes - diskBytes).toBe(8 * 5 * (8 * 4 * 300 + 500))
  })
})

test('draws of the prior have the values of what shards share', () => {
  const parameters = [
    { name: 'beta', shape: [2, 2], scope: 'global', offset: 0 },
    { name: 'theta', shape: [7], scope: 'local', offset: 4 },
  ] as const
  const { diskBytes } = work({ parameters })
  expect(work({ parameters, disk: { priorDraws: 1000 } }).diskBytes - diskBytes).toBe(8 * 1000 * 4)
})

test('rows of the smallest and the largest shard', () => {
  expect(work({})).toMatchObject({ shards: 8, tasks: 32, rows: 3600, rowsPerShard: { least: 100, most: 800 }, iterations: 400 })
})
