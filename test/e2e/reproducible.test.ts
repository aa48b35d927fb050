import { afterAll, beforeAll, expect, test } from 'vitest'

import { chorale } from './command.js'
import { choraleHere } from './command-here.js'
import { normalFolder, project } from './project.js'
import { drawDigests, lastingSummary, onlyRun } from './run-files.js'

let reference: ReturnType<typeof normalFolder>
beforeAll(async () => {
  reference = normalFolder()
  expect(await choraleHere(reference, 'run')).toMatchObject({ code: 0 })
})
afterAll(() => reference.dispose())

async function runOf(args: readonly string[] = [], command = choraleHere): Promise<string> {
  const where = project()
  expect(await command(where, 'run', ...args)).toMatchObject({ code: 0 })
  return onlyRun(where)
}

test('the same seed gives the same bits: every chain, the combination, the summary', async () => {
  const again = await runOf([], chorale)
  expect(Object.keys(drawDigests(again))).toHaveLength(7)
  expect(drawDigests(again)).toEqual(drawDigests(onlyRun(reference)))
  expect(lastingSummary(again)).toEqual(lastingSummary(onlyRun(reference)))
})

test('another seed gives other draws, of every chain', async () => {
  const other = Object.values(drawDigests(await runOf(['--seed', '2'])))
  const first = new Set(Object.values(drawDigests(onlyRun(reference))))
  expect(other.filter(digest => first.has(digest))).toEqual([])
})

test('chains of one run differ from each other', () => {
  const digests = Object.values(drawDigests(onlyRun(reference)))
  expect(new Set(digests).size).toBe(digests.length)
})

test('draws do not depend on how many tasks run at a time', async () => {
  for (const tasks of [1, 5]) {
    expect(drawDigests(await runOf(['--set', `backend.parallelTasks=${tasks}`]))).toEqual(drawDigests(onlyRun(reference)))
  }
})

test('draws do not depend on the backend, nor on how many threads take the chains of shards in whatever order', async () => {
  for (const tasks of [1, 3]) {
    const run = await runOf(['--backend', 'workers', '--set', `backend.parallelTasks=${tasks}`], chorale)
    expect(drawDigests(run)).toEqual(drawDigests(onlyRun(reference)))
  }
})

test('fewer chains are the first of more', async () => {
  const fewer = drawDigests(await runOf(['--set', 'sampling.chains=1']))
  const all = drawDigests(onlyRun(reference))
  for (const task of ['sample-0000-0', 'sample-0001-0', 'sample-0002-0']) expect(fewer[task]).toBe(all[task])
})
