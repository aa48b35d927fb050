import { hostOf, systemClock, systemExec, type Clock } from '@chorale/core'
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

async function eventsOfRun(request: TrialRequest = {}, timeoutMs = 60_000): Promise<readonly TaskEvent[]> {
  const run = await trialRun({ shards: 1, ...request })
  onTestFinished(() => run.dispose())
  const host = hostOf(quiet, clock, (argv, options) => systemExec(argv, { ...options, timeoutMs }))
  const backend = (await slurm.create({ pollIntervalMin: 1, pollIntervalMax: 3, fileLatency: 2 }, host)) as DetachableBackend
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
