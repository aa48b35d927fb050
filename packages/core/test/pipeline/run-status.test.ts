import { mkdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { drive } from '../../src/execution/drive.js'
import { runStatus } from '../../src/pipeline/run-status.js'
import { sampleTasks } from '../../src/planning/sample-tasks.js'
import { layout, requestCancel, writeRunRecord } from '../../src/run-directory/index.js'
import { gaussianRun, rowsOf, type GaussianRun } from './gaussian-run.js'

const tasksOf = ({ run }: GaussianRun) =>
  run.record.plan.shards.flatMap(({ id }) => sampleTasks(run.record, run.record.plan.sampling, id, 0))

/** A run whose record is on disk, of four chains. */
async function recorded(change: { readonly detachable?: true } = {}, fails: readonly string[] = []) {
  const made = await gaussianRun({
    shards: rowsOf([40, 60]),
    mischief: task => (fails.includes(task.id) ? { fails: 'no such level' } : {}),
  })
  const { path, record } = made.run
  await writeRunRecord(path, { ...record, plan: { ...record.plan, ...change } })
  return made
}

test('of a run that nobody has driven says that it was interrupted, or that its tasks go on by themselves', async () => {
  expect(await runStatus((await recorded()).run.path)).toMatchObject({ state: 'interrupted', chains: { finished: 0, planned: 4 } })
  const { run } = await recorded({ detachable: true })
  expect(await runStatus(run.path)).toMatchObject({ state: 'detached' })
  await requestCancel(run.path, 'all')
  expect(await runStatus(run.path)).toMatchObject({ state: 'cancelled' })
})

test('counts finished, ended, begun and failed chains, without reading draws', async () => {
  const made = await recorded({ detachable: true }, ['sample-0001-0'])
  const { path } = made.run
  const { completed } = await drive(made.run, tasksOf(made).slice(0, 3))
  await mkdir(layout.attemptDirectory(path, 'sample-0001-1', 1), { recursive: true })
  const draws = join(layout.attemptDirectory(path, 'sample-0000-0', completed.get('sample-0000-0')!.attempt), 'draws.bin')
  await truncate(draws, 0)
  expect((await runStatus(path)).chains).toEqual({ finished: 2, planned: 4, failed: 1, ended: 3, started: 1 })
})

test('an attempt after one that has ended counts as begun, not as ended', async () => {
  const made = await recorded({ detachable: true }, ['sample-0001-0'])
  await drive(made.run, tasksOf(made))
  await mkdir(layout.attemptDirectory(made.run.path, 'sample-0001-0', 2))
  expect((await runStatus(made.run.path)).chains).toMatchObject({ finished: 3, ended: 3, started: 1 })
})
