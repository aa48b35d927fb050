import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runTaskFromBundle } from '../../src/bundle/index.js'
import type { TaskResult } from '../../src/contracts/index.js'
import {
  acceptResult,
  layout,
  listAcceptedTasks,
  listEndedAttempts,
  readAcceptedResult,
  readEndedAttempt,
} from '../../src/run-directory/index.js'
import { quietHooks, tinyRun } from '../job/tiny-run.js'

const DAMAGED = 'CHORALE_RESULT_DAMAGED'

async function completed() {
  const tiny = await tinyRun()
  const result = await runTaskFromBundle(tiny.path, tiny.sampleTask(), quietHooks())
  const directory = layout.attemptDirectory(tiny.path, result.task, result.attempt)
  return { run: tiny.path, tiny, result, directory, record: layout.endedRecord(directory) }
}

test.each([
  ['is not there', () => undefined, /missing though the attempt is marked/],
  ['is cut off', (text: string) => text.slice(0, -9), /not a valid record/],
  ['is about another task', (text: string) => text.replace('sample-0001-2', 'sample-0001-3'), /sample-0001-3/],
  ['names a file above its folder', (text: string) => text.replace('"draws.bin"', '"../../draws.bin"'), /outside its folder/],
  ['names an absolute file', (text: string) => text.replace('"draws.bin"', '"/etc/passwd"'), /outside its folder/],
  ['names a file that is not there', (text: string) => text.replace('"draws.bin"', '"drawz.bin"'), /drawz\.bin is missing/],
  ['names a file with a digest that is none', (text: string) => text.replace(/"digest": "\w+"/, '"digest": "a"'), /not a valid record/],
])('an attempt whose record %s is never a result', async (_what, change, message) => {
  const { run, result, record } = await completed()
  const changed = change(await readFile(record, 'utf8'))
  if (changed === undefined) await rm(record)
  else await writeFile(record, changed)
  await expect(readEndedAttempt(run, result)).rejects.toMatchObject({ code: DAMAGED, message: expect.stringMatching(message) as string })
})

test('an attempt whose draws are a symbolic link is never a result', async () => {
  const { run, tiny, result, directory } = await completed()
  const draws = join(directory, 'draws.bin')
  const copy = join(tiny.folder, 'copy.bin')
  await writeFile(copy, await readFile(draws))
  await rm(draws)
  await symlink(copy, draws)
  await expect(readEndedAttempt(run, result)).rejects.toMatchObject({ code: DAMAGED })
})

test('a record of a newer version is reported as such', async () => {
  const { run, result, record } = await completed()
  await writeFile(record, (await readFile(record, 'utf8')).replace('"format": 1', '"format": 9'))
  await expect(readEndedAttempt(run, result)).rejects.toMatchObject({ code: 'CHORALE_RUN_FORMAT' })
})

test('ended attempts are listed in order, and what is no marker is passed over', async () => {
  const { run } = await completed()
  for (const name of ['sample-0001-2.010', 'sample-0000-0.002', '.sample-0001-2.001.a1.tmp', 'README'])
    await writeFile(join(run, 'done', name), '')
  expect(await listEndedAttempts(run)).toEqual([
    { task: 'sample-0000-0', attempt: 2 },
    { task: 'sample-0001-2', attempt: 1 },
    { task: 'sample-0001-2', attempt: 10 },
  ])
})

test('the first accepted attempt stays; one with other draws is not reproducible', async () => {
  const { run, result } = await completed()
  expect(await readAcceptedResult(run, result.task)).toBeUndefined()
  await acceptResult(run, result)
  const otherDraws: TaskResult = { ...result, attempt: 2, files: result.files.map(file => ({ ...file, digest: 'f'.repeat(64) })) }
  await expect(acceptResult(run, otherDraws)).rejects.toMatchObject({ code: 'CHORALE_NOT_REPRODUCIBLE' })
  expect(await readAcceptedResult(run, result.task)).toEqual(result)
  expect(await listAcceptedTasks(run)).toEqual([result.task])
})
