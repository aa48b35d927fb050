import type { PlanPreview } from '@chorale/core'
import { expect, test } from 'vitest'

import { describePlan, describeSubmissions, expectationText } from '../../src/output/plan.js'

const plan: PlanPreview = {
  backend: 'workers',
  backendReason: 'auto: 64 chains to run and 2 usable workers',
  evaluations: 'backend',
  detachable: false,
  sampler: 'nuts',
  combiner: 'consensus',
  shards: 16,
  chains: 4,
  tasks: 64,
  rows: 3_000_000,
  rowsPerShard: { least: 187_500, most: 187_500 },
  dimension: 9,
  iterations: 2000,
  usableWorkers: 2,
  tasksAtOnce: 2,
  memory: 0.4321,
  diskBytes: 310_400_000,
  gradientSeconds: 0.00132,
  gradientsPerIteration: 15,
  seconds: 1267,
  directory: '/home/ada/runs',
  diskFree: 45e9,
  warnings: [{ code: 'LOCAL_GROUPS', message: 'few groups' }],
}
const text = describePlan(plan)

test('a plan says what would run where, and what that is expected to take', () => {
  expect(text).toMatch(/^Shards {3}16 of 187,500 rows, combined by consensus$/m)
  expect(text).toMatch(/^Tasks {4}64: 4 chains of each shard by nuts, 2,000 iterations each$/m)
  expect(text).toMatch(/^Backend {2}workers \(auto: 64 chains to run and 2 usable workers\)$/m)
  expect(text).toMatch(/^Workers {2}2 cores may be used; 2 tasks at a time$/m)
  expect(text).toMatch(/^Memory {3}at most 432 MB$/m)
  expect(text).toMatch(/^Time {5}very roughly 21 min 07 s of sampling: 1\.3 ms a gradient, 15 gradients/m)
  expect(text).toMatch(/^Disk {5}about 310 MB in \/home\/ada\/runs \(45 GB free\)$/m)
  expect(text).toMatch(/^Warning {2}LOCAL_GROUPS: few groups$/m)
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
})

test('what is not known is said not to be, and one shard has nothing to combine', () => {
  const unknown = describePlan({ ...plan, shards: 1, seconds: null, gradientSeconds: null, diskFree: null, warnings: [] })
  expect(unknown).toMatch(/^Shards {3}one, with all rows$/m)
  expect(unknown).toMatch(/^Time {5}cannot be told: no gradient could be timed$/m)
  expect(unknown).toMatch(/^Disk {5}about 310 MB in \/home\/ada\/runs$/m)
  expect(describePlan({ ...plan, seconds: null })).toMatch(/^Time {5}cannot be told: 1\.3 ms a gradient, but/m)
})

test('in short, with the sizes of shards that differ', () => {
  expect(expectationText({ ...plan, rowsPerShard: { least: 10, most: 187_500 } })).toBe(
    '64 tasks, 2 at a time (2 cores), 10 to 187,500 rows a shard, memory at most 432 MB, disk about 310 MB, very roughly 21 min 07 s',
  )
  expect(expectationText({ ...plan, shards: 1, tasks: 1, tasksAtOnce: 1, usableWorkers: 1, seconds: null })).toBe(
    '1 task, 1 at a time (1 core), memory at most 432 MB, disk about 310 MB',
  )
})

test('of tasks that run elsewhere, the cores of this machine say nothing, and a detached run says who combines', () => {
  const elsewhere = describePlan({ ...plan, backend: 'slurm', detachable: true, tasksAtOnce: 64 }, 'detach')
  expect(elsewhere).toMatch(/^Jobs {5}at most 64 tasks at a time, as far as the queue lets them$/m)
  expect(elsewhere).not.toContain('Workers')
  expect(elsewhere).toContain('besides the time in the queue')
  expect(elsewhere.replace(/\n +/g, ' ')).toMatch(/^Detached .*exit code 4; nobody combines until the next chorale attach/m)
  expect(expectationText({ ...plan, detachable: true, tasksAtOnce: 64 })).toContain('64 tasks, at most 64 at a time, ')
})

test('what would be submitted is shown as the scheduler would get it; of many of a kind the first two', () => {
  const submission = {
    title: 'a job',
    command: 'sbatch RUN/submissions/0001.sh',
    scriptPath: 'RUN/submissions/0001.sh',
    script: '#!/bin/sh\nexit 0\n',
    tasks: ['sample-0000-0'],
  }
  expect(describeSubmissions({})).toBe('')
  expect(describeSubmissions({ submissions: [submission, submission, submission] })).toBe(
    `${'\n# a job: 1 task\n$ sbatch RUN/submissions/0001.sh\n# RUN/submissions/0001.sh\n#!/bin/sh\nexit 0\n'.repeat(2)}\n# and 1 submission more of this kind (--json shows all)\n`,
  )
})
