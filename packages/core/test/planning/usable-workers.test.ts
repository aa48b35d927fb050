import { expect, test } from 'vitest'

import { usableWorkers } from '../../src/planning/usable-workers.js'

const cores = (cpuMax: string | undefined, environment: Record<string, string> = {}, affinity = 16) =>
  usableWorkers({ affinity, cpuMax, environment })

test.each([
  ['without limits, the affinity', undefined, {}, 16],
  ['an unlimited quota', 'max 100000\n', {}, 16],
  ['a quota of two and a half cores, rounded up', '250000 100000', {}, 3],
  ['a quota below one core', '5000 100000', {}, 1],
  ['a quota above the affinity', '9900000 100000', {}, 16],
  ['a quota that cannot be read', 'garbage 100000', {}, 16],
  ['a quota of -1, as version 1 of cgroups writes "none"', '-1 100000', {}, 16],
  ['an empty file', '', {}, 16],
  ['the cores of a PBS job', undefined, { PBS_JOBID: '1.server', NCPUS: '4' }, 4],
  ['PBS_NUM_PPN of TORQUE', undefined, { PBS_JOBID: '1.server', PBS_NUM_PPN: '6' }, 6],
  ['NCPUS outside a job, which means nothing', undefined, { NCPUS: '4' }, 16],
  ['the cores of a Slurm job', undefined, { SLURM_JOB_ID: '7', SLURM_CPUS_ON_NODE: '8' }, 8],
  ['the least of quota and job', '200000 100000', { SLURM_JOB_ID: '7', SLURM_CPUS_ON_NODE: '8' }, 2],
  ['a variable that is no number', undefined, { PBS_JOBID: '1', NCPUS: 'many' }, 16],
])('usable cores are %s', (_, cpuMax, environment, expected) => {
  expect(cores(cpuMax, environment as Record<string, string>)).toBe(expected)
})

test('of this machine they are at least one', () => expect(usableWorkers()).toBeGreaterThanOrEqual(1))
