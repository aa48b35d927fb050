import { rename } from 'node:fs/promises'
import { expect, test } from 'vitest'

import { systemClock, type Clock } from '../../src/clock.js'
import { drive } from '../../src/execution/drive.js'
import { settledOutcomes } from '../../src/execution/settled-outcomes.js'
import { sampleShards } from '../../src/execution/shard-results.js'
import { sampleTasks } from '../../src/planning/sample-tasks.js'
import { layout, requestCancel } from '../../src/run-directory/index.js'
import { gaussianRun, rowsOf, type GaussianRun } from '../pipeline/gaussian-run.js'

const SHARDS = rowsOf([40, 60])
const tasksOf = ({ run }: GaussianRun) =>
  run.record.plan.shards.flatMap(({ id }) => sampleTasks(run.record, run.record.plan.sampling, id, 0))

/** Time passes when somebody waits for it; what happens meanwhile is `during`. */
function waitingClock(during: (slept: number) => Promise<void> = () => Promise.resolve()): Clock & { readonly slept: () => number } {
  let now = 0
  const sleep = async (ms: number): Promise<void> => {
    now += ms
    await during(now)
  }
  return { ...systemClock, monotonic: () => now, sleep, slept: () => now }
}

test('what has completed, failed for good or been cancelled is settled, without a wait', async () => {
  const made = await gaussianRun({
    shards: SHARDS,
    mischief: ({ shard, chain }) => (shard === 1 && chain === 0 ? { fails: 'no such level' } : {}),
  })
  const tasks = tasksOf(made)
  await drive(made.run, tasks.slice(0, 3))
  await requestCancel(made.run.path, [tasks[3]!.id])
  const clock = waitingClock()
  const { completed, failed } = await settledOutcomes(clock, 120)(made.run, tasks)
  expect([...completed.keys()].sort()).toEqual(['sample-0000-0', 'sample-0000-1'])
  expect([...failed.values()].map(({ code }) => code).sort()).toEqual(['CHORALE_MODEL_THREW', 'CHORALE_TASK_CANCELLED'])
  expect(clock.slept()).toBe(0)
})

test('a result that takes its time on a network file system is waited for', async () => {
  const made = await gaussianRun({ shards: SHARDS })
  const tasks = tasksOf(made)
  await drive(made.run, tasks)
  const marker = layout.doneMarker(made.run.path, tasks[0]!.id, 1)
  await rename(marker, `${marker}.late`)
  await rename(layout.acceptedRecord(made.run.path, tasks[0]!.id), `${marker}.accepted`)
  const clock = waitingClock(async slept => {
    if (slept > 5000) await rename(`${marker}.late`, marker).catch(() => undefined)
  })
  const { completed } = await settledOutcomes(clock, 120)(made.run, tasks)
  expect(completed.size).toBe(4)
})

test('a chain that another attempt could complete is named, once it has been waited for', async () => {
  const made = await gaussianRun({ shards: SHARDS })
  const tasks = tasksOf(made)
  await drive(made.run, tasks)
  const marker = layout.doneMarker(made.run.path, tasks[2]!.id, 1)
  await rename(marker, `${marker}.lost`)
  const clock = waitingClock()
  await expect(settledOutcomes(clock, 120)(made.run, tasks)).rejects.toMatchObject({
    code: 'CHORALE_RUN_UNFINISHED',
    message: expect.stringContaining('1 chain has no result, and no job is left that works at it: sample-0001-0') as string,
  })
  expect(clock.slept()).toBeGreaterThanOrEqual(120_000)
})

test('a shard that would be sampled again is left to a driver, at once', async () => {
  const made = await gaussianRun({ shards: SHARDS })
  await drive(made.run, tasksOf(made))
  const clock = waitingClock()
  const again = made.run.record.plan.shards.flatMap(({ id }) => sampleTasks(made.run.record, made.run.record.plan.sampling, id, 1))
  await expect(settledOutcomes(clock, 120)(made.run, again)).rejects.toMatchObject({
    message: expect.stringContaining('must be sampled again, which needs a driver: sample-0000-0-r1') as string,
  })
  expect(clock.slept()).toBe(0)
  // The shards themselves are as a driver sees them.
  const settled = await sampleShards(made.run, settledOutcomes(clock, 0))
  expect(settled.map(({ status }) => status)).toEqual(['completed', 'completed'])
})
