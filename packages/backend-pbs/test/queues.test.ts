import { hostOf } from '@chorale/core'
import type { Diagnosis } from '@chorale/core/contracts'
import { expect, onTestFinished, test } from 'vitest'

import { quiet } from '../../../test/batch/trial-run.js'
import { pbs } from '../src/index.js'
import { readQueues } from '../src/queues.js'
import { onFake } from './on-fake.js'

const queueLines = (found: readonly Diagnosis[]): readonly string[] =>
  found.filter(({ what }) => /queue/.test(what)).map(({ what, level, found: seen }) => `${what} | ${level} | ${seen}`)

test('the doctor finds what the queue does not take, and a queue that is not there', async () => {
  const queues = { workq: { maxWalltime: 3600 }, night: { maxWalltime: 36_000, started: false } }
  const fake = await onFake({ dialect: 'openpbs', switches: { queues } })
  onTestFinished(() => fake.dispose())
  const diagnose = async (options: object) => queueLines((await (await pbs.create(options, hostOf(quiet))).diagnose?.()) ?? [])
  expect(await diagnose({ walltime: 7200 })).toEqual([
    'queue | ok | workq, walltime up to 01:00:00',
    'walltime of the queue | problem | 02:00:00 is asked for, and workq takes 01:00:00',
  ])
  expect(await diagnose({ walltime: 600, queue: 'nihgt' })).toEqual(['queue | problem | there is no queue nihgt'])
  expect(await diagnose({ walltime: 600, queue: 'night' })).toEqual([
    'queue | warning | night is stopped: jobs wait there, and do not start',
  ])
})

test('queues of TORQUE are read from their text', () => {
  // In the form that qstat(1B) and pbs_queue_attributes(7B) describe.
  const stdout = `Queue: batch
    queue_type = Execution
    total_jobs = 0
    resources_max.mem = 4gb
    resources_max.walltime = 24:00:00
    resources_default.walltime = 01:00:00
    enabled = True
    started = True

Queue: closed
    queue_type = Execution
    enabled = False
    started = False
`
  const facts = { scheduler: 'TORQUE', dialect: 'torque', version: '6', arrays: { least: 1, most: 1, throttle: true }, notes: [] }
  expect(readQueues({ code: 0, stdout, stderr: '' }, { ...facts, details: { defaultQueue: 'batch' } })).toEqual([
    {
      name: 'batch',
      isDefault: true,
      takesJobs: true,
      startsJobs: true,
      maxWalltimeSeconds: 86_400,
      maxMemoryBytes: 4 * 1024 * 1024 * 1024,
    },
    { name: 'closed', isDefault: false, takesJobs: false, startsJobs: false },
  ])
  expect(readQueues({ code: 1, stdout: '', stderr: 'no' }, facts)).toEqual([])
})
