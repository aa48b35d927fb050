import { expect, test } from 'vitest'

import { batchSettings } from '../../../src/batch/batch-settings.js'
import { laterNeeds, nextNeeds } from '../../../src/batch/submission/needs.js'
import type { BatchOptions, TaskFailure, TaskStopped } from '../../../src/contracts/index.js'
import { modelRun } from '../model-run.js'

const MIB = 1024 * 1024
/** A task of a run. */
const one = async () => (await modelRun(1)).tasks[0]!
const settings = (options: BatchOptions) => batchSettings({ walltime: 3600, memoryPerJob: 100 * MIB, ...options })
const before = { walltimeSeconds: 7200, memoryBytes: 200 * MIB }
const failed = (cause: TaskFailure['cause']) => ({ cause }) as TaskFailure
const stopped = { reason: 'walltime' } as TaskStopped

test('what was learnt is not forgotten', async () => {
  const task = await one()
  expect(laterNeeds(task, settings({}), before)).toMatchObject({ walltime: 7200, memory: 200 * MIB })
  expect(nextNeeds(task, settings({}), before, stopped, false)).toMatchObject({ walltime: 7200, memory: 200 * MIB })
})

test('a job that was killed is given twice as much, up to the most that the settings allow', async () => {
  const task = await one()
  expect(nextNeeds(task, settings({}), before, failed('walltime'), false)).toMatchObject({ walltime: 14_400, memory: 200 * MIB })
  expect(nextNeeds(task, settings({}), before, failed('memory'), false)).toMatchObject({ walltime: 7200, memory: 400 * MIB })
  expect(nextNeeds(task, settings({ maxMemoryPerJob: 300 * MIB }), before, failed('memory'), false)).toMatchObject({ memory: 300 * MIB })
})

test('a run that goes on with other settings asks for what these say', async () => {
  const task = await one()
  expect(nextNeeds(task, settings({ walltime: 36_000 }), before, stopped, false)).toMatchObject({ walltime: 36_000 })
  expect(laterNeeds(task, settings({ memoryPerJob: 800 * MIB }), before)).toMatchObject({ memory: 800 * MIB })
  expect(laterNeeds(task, settings({ walltime: 1800, maxWalltime: 1800 }), before)).toMatchObject({ walltime: 1800 })
})
