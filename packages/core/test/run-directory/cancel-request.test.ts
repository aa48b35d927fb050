import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

import {
  createRunDirectory,
  isRunCancelled,
  isTaskCancelled,
  layout,
  listCancelledTasks,
  requestCancel,
  withdrawCancel,
} from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

const newRun = async (): Promise<string> => (await createRunDirectory(await temporaryFolder(), { wall: 0 })).path
const requestOf = (run: string): Promise<string> => readFile(layout.cancelRequest(run), 'utf8')

test('a request for a run is one for each of its tasks; asked again it stays', async () => {
  const run = await newRun()
  expect(isTaskCancelled(run, 'sample-0000-0')).toBe(false)
  await requestCancel(run, 'all')
  const first = await requestOf(run)
  await requestCancel(run, 'all')
  expect([isRunCancelled(run), isTaskCancelled(run, 'sample-0000-0'), await requestOf(run)]).toEqual([true, true, first])
  expect(await listCancelledTasks(run)).toEqual(new Set())
})

test('a request for a task concerns no other', async () => {
  const run = await newRun()
  await requestCancel(run, ['sample-0000-1', 'sample-0002-0'])
  await requestCancel(run, ['sample-0000-1'])
  expect([isRunCancelled(run), isTaskCancelled(run, 'sample-0000-1'), isTaskCancelled(run, 'sample-0000-0')]).toEqual([false, true, false])
  expect(await listCancelledTasks(run)).toEqual(new Set(['sample-0000-1', 'sample-0002-0']))
})

test('requests that are withdrawn are gone; another one is not mistaken for them', async () => {
  const run = await newRun()
  await requestCancel(run, 'all')
  await requestCancel(run, ['sample-0000-0'])
  const first = await requestOf(run)
  await withdrawCancel(run)
  await withdrawCancel(run)
  expect([isTaskCancelled(run, 'sample-0000-0'), await listCancelledTasks(run)]).toEqual([false, new Set()])
  await requestCancel(run, 'all')
  expect(await requestOf(run)).not.toBe(first)
})
