import { BATCH_OPTIONS, type Host, type JobRequest, type MCMCBackend, type SchedulerAdapter } from '@chorale/core/contracts'
import { schedulerContract, type SchedulerRecordings } from '@chorale/testkit'
import { describe, expect, test } from 'vitest'

import plugin, { gridEngine } from '../sge.mjs'
import { recordings } from './recordings.mjs'

const adapter = gridEngine({}) as unknown as SchedulerAdapter
const answers = recordings as unknown as SchedulerRecordings

describe('the adapter for Grid Engine', () => {
  for (const { name, skip, run } of schedulerContract(adapter, answers)) test.skipIf(skip)(name, run)
})

const request: JobRequest = { name: 'cq7ab2mnd4x5', script: '/runs/r/0001.sh', output: '/runs/r/output', cpus: 2 }
const facts = {
  scheduler: 'Grid Engine',
  dialect: 'sge',
  version: '',
  arrays: { least: 1, most: 1000, throttle: true, firstIndex: 1 },
  notes: [],
} as const

test('asks for time and memory in one list, and is warned before its time is up', () => {
  const command = adapter.submission(
    { ...request, walltimeSeconds: 3600, warnSeconds: 60, memoryBytes: 2 ** 30 + 1, queue: 'all.q' },
    facts,
  )
  expect(command.join(' ')).toBe(
    'qsub -terse -b n -N cq7ab2mnd4x5 -j y -o /runs/r/output/cq7ab2mnd4x5.0.out -S /bin/sh -r y -m n -q all.q' +
      ' -l h_rt=3600,s_rt=3540,mem_free=1025M -pe smp 2 /runs/r/0001.sh',
  )
})

test('asks for arrays that count from 1, goes on element by element, and names elements as Grid Engine does', () => {
  const array = { first: 1, last: 40, atOnce: 8 }
  expect(adapter.submission({ ...request, cpus: 1, array, after: { job: '12' } }, facts).join(' ')).toBe(
    'qsub -terse -b n -N cq7ab2mnd4x5 -j y -o /runs/r/output/cq7ab2mnd4x5.$TASK_ID.out -S /bin/sh -r y -m n' +
      ' -t 1-40 -tc 8 -hold_jid_ad 12 /runs/r/0001.sh',
  )
  expect(adapter.submission({ ...request, afterAll: [{ job: '12' }, { job: '13' }] }, facts)).toContain('12,13')
  expect(adapter.remove([{ job: '12', index: 3 }, { job: '13' }], facts)).toEqual([['qdel', '12.3', '13']])
})

test('takes every option that the backends of schedulers have', () => {
  expect(Object.keys(plugin.backends[0]!.options.properties)).toEqual(expect.arrayContaining(Object.keys(BATCH_OPTIONS)))
})

test('is a plugin whose backend is made by the host', async () => {
  const made: unknown[] = []
  const host = { batchBackend: (...given: unknown[]) => (made.push(given), {} as MCMCBackend) } as unknown as Host
  await plugin.backends[0]!.create({}, host)
  expect(made).toMatchObject([['sge', { detachable: true }, { scheduler: 'Grid Engine' }, {}]])
})
