import { describe, expect, test } from 'vitest'

import type { ChoraleError, Task } from '../../src/contracts/index.js'
import { exitCodeOf } from '../../src/errors/codes.js'
import { drive } from '../../src/execution/drive.js'
import { sampleTasks } from '../../src/planning/sample-tasks.js'
import { listAcceptedTasks } from '../../src/run-directory/index.js'
import { gaussianRun, rowsOf, type GaussianRun, type Mischief } from '../pipeline/gaussian-run.js'

const SHARDS = rowsOf(Array.from({ length: 20 }, () => 10))
const tasksOf = ({ run }: GaussianRun) =>
  run.record.plan.shards.flatMap(({ id }) => sampleTasks(run.record, run.record.plan.sampling, id, 0))

const failing =
  (which: (task: Task) => boolean, fails: string) =>
  (task: Task): Mischief =>
    which(task) ? { fails } : {}

const driven = async (which: (task: Task) => boolean, settings = {}) => {
  const made = await gaussianRun({ shards: SHARDS, chains: 1, draws: 20, mischief: failing(which, 'no'), settings })
  const error = await drive(made.run, tasksOf(made)).then(
    () => undefined,
    (thrown: unknown) => thrown as ChoraleError,
  )
  return { made, error }
}

describe('a run whose first chains fail', () => {
  test('for the most part ends early, with one error that counts the causes', async () => {
    const { made, error } = await driven(({ shard }) => shard % 4 !== 0)
    expect(error).toMatchObject({ code: 'CHORALE_RUN_HOPELESS' })
    expect(error!.message).toMatch(
      /^6 of the first 8 tasks failed, so the other 12 were not run: 6 x \w+ \(CHORALE_\w+\)\. For example: .*no/,
    )
    expect(exitCodeOf(error)).toBe(1)
    expect(made.ran.length).toBeLessThan(SHARDS.length)
    expect(await listAcceptedTasks(made.run.path)).toHaveLength(2)
  })

  test('by half or less goes on to its end', async () => {
    const { made, error } = await driven(({ shard }) => shard % 2 === 1)
    expect(error).toBeUndefined()
    expect(made.ran).toHaveLength(SHARDS.length)
  })

  test('goes on where the settings accept that so many are missing', async () => {
    const { made, error } = await driven(({ shard }) => shard % 4 !== 0, { combination: { minSuccessRate: 0.2 } })
    expect(error).toBeUndefined()
    expect(made.ran).toHaveLength(SHARDS.length)
  })

  test('later than the first is not hopeless: what was done stays, and the success rate decides', async () => {
    const { made, error } = await driven(({ shard }) => shard >= 12)
    expect(error).toBeUndefined()
    expect(made.ran).toHaveLength(SHARDS.length)
  })
})

describe('a driver that another process has replaced', () => {
  test('accepts nothing more, and stops', async () => {
    const made = await gaussianRun({ shards: SHARDS, chains: 1, draws: 20 })
    let asked = 0
    // Once before anything is submitted, then before each acceptance.
    const run = { ...made.run, stillDriving: async () => ++asked <= 1 + 3 }
    await expect(drive(run, tasksOf(made))).rejects.toMatchObject({ code: 'CHORALE_RUN_BUSY' })
    expect(await listAcceptedTasks(made.run.path)).toHaveLength(3)
    expect(made.ran.length).toBeLessThan(SHARDS.length)
  })
})
