import type { RunStatus } from '@chorale/core'
import { expect, test } from 'vitest'

import { describeStatus } from '../../src/output/status.js'

const STATUS: RunStatus = {
  run: '20261123-120000-abcd',
  path: '/shared/runs/20261123-120000-abcd',
  state: 'detached',
  backend: 'slurm',
  chains: { finished: 2, planned: 8, failed: 0, ended: 2, started: 1 },
  cancelledTasks: [],
  submitted: [],
  clientJobs: [
    { name: 'combine-job-0002', role: 'combine', job: '12', state: 'waits', words: '' },
    { name: 'driver-job-0003', role: 'driver', job: '13', state: 'began', words: '' },
    { name: 'driver-job-0004', role: 'driver', job: null, state: 'unfinished', words: '2 chains have no result' },
  ],
  kernels: [],
}

test('the status of a run has a line for each job that drives or combines it', () => {
  expect(describeStatus(STATUS).split('\n')).toEqual(
    expect.arrayContaining([
      'job      combine-job-0002 (12) waits',
      'job      driver-job-0003 (13) has begun',
      'job      driver-job-0004 unfinished: 2 chains have no result',
    ]),
  )
})
