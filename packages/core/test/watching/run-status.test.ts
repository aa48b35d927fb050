import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { systemClock } from '../../src/clock.js'
import { ChoraleError } from '../../src/contracts/index.js'
import { drive } from '../../src/execution/drive.js'
import { runStatus } from '../../src/watching/run-status.js'
import { sampleTasks } from '../../src/planning/sample-tasks.js'
import { acquireDriverLease, layout, requestCancel, writeDriverFailure, writeRunRecord } from '../../src/run-directory/index.js'
import { gaussianRun, rowsOf, type GaussianRun } from '../pipeline/gaussian-run.js'

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

test('of a run that was cancelled says what its jobs had used; of one that goes on, nothing of an earlier end', async () => {
  const { path } = (await recorded({ detachable: true })).run
  const cost = { format: 1, scheduler: 'Slurm', kinds: [], suggestions: [], end: 'early' }
  await mkdir(join(path, 'submissions'), { recursive: true })
  await writeFile(join(path, 'submissions', 'cost.json'), JSON.stringify(cost))
  expect(await runStatus(path)).not.toHaveProperty('cost')
  await requestCancel(path, 'all')
  expect((await runStatus(path)).cost).toEqual(cost)
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

/** As a driver that could not go on. */
async function failWith(code: `CHORALE_${string}`, path: string): Promise<void> {
  const lease = await acquireDriverLease(path, { clock: systemClock })
  await writeDriverFailure(path, lease.epoch, new ChoraleError(code, 'said why'), 0)
  await lease.release()
}

test('a run whose driver ended with an error has failed, until somebody drives it again', async () => {
  const { path } = (await recorded()).run
  await failWith('CHORALE_NO_USABLE_SHARD', path)
  expect(await runStatus(path)).toMatchObject({ state: 'failed', failure: { code: 'CHORALE_NO_USABLE_SHARD', message: 'said why' } })
  const lease = await acquireDriverLease(path, { clock: systemClock })
  expect(await runStatus(path)).toMatchObject({ state: 'running' })
  await lease.release()
  expect(await runStatus(path)).toMatchObject({ state: 'interrupted' })
})

test('tasks that may go on by themselves go on, whatever became of their driver; not where all had ended', async () => {
  const { path } = (await recorded({ detachable: true })).run
  await failWith('CHORALE_SCHEDULER_SILENT', path)
  expect(await runStatus(path)).toMatchObject({ state: 'detached', failure: { code: 'CHORALE_SCHEDULER_SILENT' } })
  await failWith('CHORALE_RUN_HOPELESS', path)
  expect(await runStatus(path)).toMatchObject({ state: 'failed' })
})
