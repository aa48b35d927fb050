import { describe, expect, test } from 'vitest'

import { tasksWithin, usableWorkers } from '../../src/machine/usable-workers.js'

const cores = (quota: number | undefined, environment: Record<string, string> = {}, affinity = 16) =>
  usableWorkers({ affinity, quota, environment })

test.each([
  ['without limits, the affinity', undefined, {}, 16],
  ['a quota of two and a half cores, rounded up', 2.5, {}, 3],
  ['a quota below one core', 0.05, {}, 1],
  ['a quota above the affinity', 99, {}, 16],
  ['the cores of a PBS job', undefined, { PBS_JOBID: '1.server', NCPUS: '4' }, 4],
  ['PBS_NUM_PPN of TORQUE', undefined, { PBS_JOBID: '1.server', PBS_NUM_PPN: '6' }, 6],
  ['NCPUS outside a job, which means nothing', undefined, { NCPUS: '4' }, 16],
  ['the cores of a Slurm job', undefined, { SLURM_JOB_ID: '7', SLURM_CPUS_ON_NODE: '8' }, 8],
  ['the least of quota and job', 2, { SLURM_JOB_ID: '7', SLURM_CPUS_ON_NODE: '8' }, 2],
  ['a variable that is no number', undefined, { PBS_JOBID: '1', NCPUS: 'many' }, 16],
])('usable cores are %s', (_, quota, environment, expected) => {
  expect(cores(quota, environment as Record<string, string>)).toBe(expected)
})

test('of this machine they are at least one', () => expect(usableWorkers()).toBeGreaterThanOrEqual(1))

describe('tasks that fit in memory', () => {
  /** 100 MB for a process, the columns once, and as much again for each chain. */
  const backend = {
    estimateMemory: ({ dataBytes, chains }: { dataBytes: number; chains: number }) => (1e8 + dataBytes * (1 + chains)) / 1e9,
  }
  const load = { rows: 1e6, dataBytes: 1e8, dimension: 2, draws: 10 }

  test.each([
    ['just the first', 3e8, 1],
    ['another, with the columns of its shard and what its model makes of them', 5e8, 2],
    ['none more where a part of one is left', 6.9e8, 2],
    ['ten more', 23e8, 11],
    ['at least one, also where it does not fit', 1e8, 1],
  ])('%s', (_, memory, expected) => {
    expect(tasksWithin(memory, backend, load)).toBe(expected)
  })
})
