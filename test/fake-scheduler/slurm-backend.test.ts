import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hostOf, systemClock, systemExec, type BatchOptions, type Clock } from '@chorale/core'
import type { DetachableBackend, TaskEvent } from '@chorale/core/contracts'
import { describe, expect, onTestFinished, test } from 'vitest'

import { slurm } from '../../packages/backend-slurm/src/index.js'
import { eventsOfType, quiet, trialRun, type TrialRequest } from '../batch/trial-run.js'
import { ended, until } from './command.js'
import { startFakeScheduler, type FakeScheduler, type Switches } from './start.js'

/** What a real Slurm cannot be made to do. */

const SCALE = 10
const clock: Clock = {
  ...systemClock,
  monotonic: () => SCALE * systemClock.monotonic(),
  sleep: (ms, signal) => systemClock.sleep(ms / SCALE, signal),
}

async function scheduler(switches: Switches): Promise<FakeScheduler> {
  const fake = await startFakeScheduler({ dialect: 'slurm', timeScale: 60, switches })
  const before = process.env.PATH
  process.env.PATH = fake.path
  onTestFinished(async () => {
    if (before !== undefined) process.env.PATH = before
    await fake.dispose()
  })
  return fake
}

async function eventsOfRun(request: TrialRequest = {}, timeoutMs = 60_000, options: BatchOptions = {}): Promise<readonly TaskEvent[]> {
  const run = await trialRun({ shards: 1, ...request })
  onTestFinished(() => run.dispose())
  const host = hostOf(quiet, clock, (argv, options) => systemExec(argv, { ...options, timeoutMs }))
  const backend = (await slurm.create({ pollIntervalMin: 1, pollIntervalMax: 3, fileLatency: 2, ...options }, host)) as DetachableBackend
  const events: TaskEvent[] = []
  for await (const event of backend.run(run.tasks, run.context())) events.push(event)
  return events
}

const submissions = async (fake: FakeScheduler): Promise<number> =>
  (await fake.calls()).filter(({ command }) => command === 'sbatch').length

describe('a Slurm whose sbatch', () => {
  test.each(['accept-then-hang', 'accept-then-die'] as const)('does %s has the job, which is found by its name', async kind => {
    const fake = await scheduler({ faults: [{ command: 'sbatch', kind, match: '--parsable', times: 1 }] })
    expect(eventsOfType(await eventsOfRun({}, 4000), 'completed')).toHaveLength(2)
    expect(await fake.jobs()).toHaveLength(1)
  })
})

describe('a Slurm that', () => {
  test('does not answer, or leaves jobs out, loses no task', async () => {
    const fake = await scheduler({
      faults: [
        { command: 'squeue', kind: 'refused', times: 3 },
        { command: 'squeue', kind: 'drop', ids: ['1_1'], times: 2 },
      ],
    })
    expect(eventsOfType(await eventsOfRun({ during: 'sleep(3)' }), 'completed')).toHaveLength(2)
    expect(await fake.jobs()).toHaveLength(1)
  })

  test('shows elements as running for ever is not waited for', async () => {
    await scheduler({ stuckRunning: true })
    expect(eventsOfType(await eventsOfRun(), 'completed')).toHaveLength(2)
  })

  test('kills a job for its memory is asked for more', async () => {
    const fake = await scheduler({ memoryScale: 10_000, limitCheck: 1 })
    const events = eventsOfRun({ chains: 1 })
    await until(fake, 1, ended)
    await fake.set({ enforceMemory: false })
    expect(eventsOfType(await events, 'retrying')[0]?.failure.code).toBe('CHORALE_JOB_MEMORY')
    expect(eventsOfType(await events, 'completed')).toHaveLength(1)
    expect(await submissions(fake)).toBeGreaterThan(1)
  })
})

test('the doctor finds what no node of the partition has', async () => {
  await scheduler({ nodeCpus: 4, nodeMemoryMb: 8000 })
  const found = async (options: BatchOptions) =>
    ((await (await slurm.create(options, hostOf(quiet))).diagnose?.()) ?? []).filter(({ what }) => what === 'nodes').map(line => line.found)
  expect(await found({ queue: 'batch', cpus: 4, memoryPerJob: '8GB' })).toEqual([])
  expect(await found({ queue: 'batch', cpus: 2, memoryPerJob: '9GB' })).toEqual([
    'no node of batch has 2 cores and 9.0GB for a job: the largest has 4 cores and 8.4GB',
  ])
})

describe('names and paths that mean something to a shell', () => {
  test.each([
    ['queue', 'batch; touch pwned'],
    ['queue', '--wrap=touch pwned'],
    ['account', '$(touch pwned)'],
    ['account', "it's"],
    ['account', 'größe'],
    ['project', 'a\nb'],
  ])('a %s such as %j is refused before any command is run', async (setting, name) => {
    const fake = await scheduler({})
    await expect(eventsOfRun({ chains: 1 }, 60_000, { [setting]: name })).rejects.toMatchObject({
      code: 'CHORALE_BATCH_OPTION_INVALID',
      details: { askedBy: `backend.${setting}` },
    })
    expect(await fake.calls()).toEqual([])
  })

  test('a folder with blanks, quotes, a line feed and other letters is one word of every command, and no more than a folder', async () => {
    const fake = await scheduler({})
    const within = join(fake.home, `Größe "it's" $(touch pwned); \n x %j`)
    await mkdir(within)
    expect(eventsOfType(await eventsOfRun({ within, during: 'sleep(3)' }), 'completed')).toHaveLength(2)
    const calls = await fake.calls()
    expect(new Set(calls.map(({ command }) => command))).toEqual(new Set(['sbatch', 'scontrol', 'squeue']))
    for (const { argv } of calls) {
      const odd = argv.filter(word => /[^\w./:=,|%@[\]+-]/.test(word))
      for (const word of odd) expect(word.replaceAll('%%', '%')).toContain(within)
    }
    expect((await readdir(fake.home)).includes('pwned')).toBe(false)
    expect((await readdir(process.cwd())).includes('pwned')).toBe(false)
  })
})
