import type { RunStatus } from '@chorale/core'
import { expect, test } from 'vitest'

import { describeStatus } from '../../src/output/status.js'

const STATUS: RunStatus = {
  run: '20261123-120000-abcd',
  path: '/shared/runs/20261123-120000-abcd',
  state: 'running',
  backend: 'slurm',
  chains: { finished: 2, planned: 8, failed: 0, ended: 2, started: 1 },
  cancelledTasks: [],
  submitted: [],
  clientJobs: [],
  driver: { pid: 77, host: 'login1' },
  kernels: [],
}

test('the status of a run on a cluster says how many jobs wait and run, when the scheduler was asked, and why jobs wait', () => {
  const at = new Date(2026, 10, 23, 9, 5, 3).getTime()
  const reasons = [
    { kind: 'never', reason: 'PartitionNodeLimit', jobs: 1, job: '12_5' },
    { kind: 'waits', reason: 'Resources', jobs: 4, job: '12_3' },
  ] as const
  const text = describeStatus({ ...STATUS, jobs: { format: 1, scheduler: 'Slurm', at, waiting: 5, running: 1, held: 0, reasons } })
  expect(text.split('\n').slice(4, 7)).toEqual([
    'jobs     5 wait, 1 runs (Slurm was asked at 09:05:03)',
    '         1 job can never run: PartitionNodeLimit (12_5)',
    '         4 jobs wait: Resources (12_3)',
  ])
  expect(describeStatus(STATUS)).not.toContain('jobs')
})

test('the status of a finished run says what its jobs have used, and what the next run may ask for', () => {
  const text = describeStatus({
    ...STATUS,
    state: 'finished',
    cost: {
      format: 1,
      scheduler: 'Slurm',
      kinds: [
        {
          kind: 'sample',
          jobs: 8,
          coreHours: { held: 4, used: 3 },
          memory: { asked: 4e9, largest: 0.9e9 },
          walltime: { asked: 7200, longest: 1800 },
        },
      ],
      suggestions: ['memoryPerJob: 1.2GB would do: the largest job used 0.9GB of 4.0GB'],
    },
  })
  expect(text.split('\n').slice(-4)).toEqual([
    'Jobs (Slurm)  jobs  core-hours  used  memory    used  walltime   longest',
    'sample           8        4.00  75 %  4.0 GB  900 MB  02:00:00  00:30:00',
    'Next time memoryPerJob: 1.2GB would do: the largest job used 0.9GB of 4.0GB',
    '',
  ])
})

test('the status of a detached run names its jobs as the scheduler does, and how much is sampled', () => {
  const submitted = [
    { job: '108', jobs: 8, tasks: 8, after: null },
    { job: '109', jobs: 8, tasks: 8, after: '108' },
  ]
  const text = describeStatus({ ...STATUS, state: 'detached', submitted, progress: 0.456 })
  expect(text).toContain('\nslurm    job 108 (array of 8 jobs), continued by 109\n')
  expect(text).toContain('1 begun, 5 not begun, 45 % sampled')
})

test('the status of a run that failed says with what error, in one line', () => {
  const failure = { code: 'CHORALE_SUBMISSION_REFUSED', message: 'Slurm refused a job\n  fix  another queue', at: 0 }
  const text = describeStatus({ ...STATUS, state: 'failed', failure })
  expect(text).toContain('\nerror    CHORALE_SUBMISSION_REFUSED: Slurm refused a job\nresume   chorale run --resume')
})
