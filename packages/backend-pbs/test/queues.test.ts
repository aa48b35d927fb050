import { hostOf } from '@chorale/core'
import type { Diagnosis } from '@chorale/core/contracts'
import { expect, onTestFinished, test } from 'vitest'

import { quiet } from '../../../test/batch/trial-run.js'
import { pbs } from '../src/index.js'
import { readNodes } from '../src/nodes.js'
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

test.each(['openpbs', 'torque'] as const)('the doctor finds what no node of %s has', async dialect => {
  const fake = await onFake({ dialect, switches: { nodeCpus: 4, nodeMemoryMb: 8000 } })
  onTestFinished(() => fake.dispose())
  const diagnose = async (options: object) =>
    ((await (await pbs.create(options, hostOf(quiet))).diagnose?.()) ?? []).filter(({ what }) => what === 'nodes').map(({ found }) => found)
  expect(await diagnose({ cpus: 4, memoryPerJob: '7GB' })).toEqual([])
  expect(await diagnose({ cpus: 64 })).toEqual([expect.stringMatching(/^no node.* has 64 cores for a job: the largest has 4 cores/)])
})

test('nodes are read in the form of each dialect', () => {
  // As pbsnodes(8B) of OpenPBS prints hosts, and that of TORQUE.
  const openPbs = `n1
     Mom = n1
     ntype = PBS
     state = free
     pcpus = 8
     resources_available.arch = linux
     resources_available.host = n1
     resources_available.mem = 16777216kb
     resources_available.ncpus = 4
     resources_assigned.ncpus = 2
     sharing = default_shared

n2
     Mom = n2
     state = down
     resources_available.ncpus = 64

`
  expect(readNodes({ code: 0, stdout: openPbs, stderr: '' })).toEqual([
    { name: 'n1', cpus: 4, memoryBytes: 16 * 1024 ** 3 },
    { name: 'n2', cpus: 64 },
  ])
  const torque = `node-1
     state = free
     power_state = Running
     np = 4
     properties = batch
     ntype = cluster
     status = opsys=linux,uname=Linux node-1 6.1,ncpus=4,physmem=8388608kb,availmem=12kb,totmem=99kb
     mom_service_port = 15002

`
  expect(readNodes({ code: 0, stdout: torque, stderr: '' })).toEqual([{ name: 'node-1', cpus: 4, memoryBytes: 8 * 1024 ** 3 }])
  expect(readNodes({ code: 127, stdout: '', stderr: '' })).toEqual([])
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
