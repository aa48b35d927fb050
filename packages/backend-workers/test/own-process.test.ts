import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

import { trial, type TrialRequest } from './trial-run.js'

const CHILD = new URL('run-child.mjs', import.meta.url)

/** What a process of its own, which runs the tasks of this run, printed: `{ endings, retrying }`. Fails when the process does not exit by itself. */
async function inOwnProcess(
  request: TrialRequest,
  {
    command = [fileURLToPath(CHILD)],
    end,
    isolation = 'thread',
  }: { command?: readonly string[]; end: 'cleanup' | 'nothing'; isolation?: 'thread' | 'process' },
): Promise<unknown> {
  const run = await trial(request)
  const file = join(run.folder, 'request.json')
  const { runDirectory } = run.context()
  await writeFile(file, JSON.stringify({ runDirectory, tasks: run.tasks, end, isolation }))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, {
    timeout: 120_000,
    env: { ...process.env, REQUEST: file },
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

const two = { endings: ['completed', 'completed'], retrying: [] }

test.each(['thread', 'process'] as const)('the process exits by itself after cleanup, with a %s for each task', async isolation => {
  expect(await inOwnProcess({ shards: 2, chains: 1 }, { end: 'cleanup', isolation })).toEqual(two)
})

test.each(['thread', 'process'] as const)('an idle %s does not keep the process alive', async isolation => {
  expect(await inOwnProcess({ shards: 2, chains: 1 }, { end: 'nothing', isolation })).toEqual(two)
})

test('a program given on the command line, whose flags no thread takes, can use threads', async () => {
  const flags = ['--input-type=module', '--eval', `await import(${JSON.stringify(CHILD.href)})`]
  expect(await inOwnProcess({ shards: 2, chains: 1 }, { command: flags, end: 'cleanup' })).toEqual(two)
})

test('a model that fills the heap costs one attempt of one task', async () => {
  const during = `if (shard === 1 && first('filled')) for (let chain = null; ; ) chain = { chain, number: 1 }`
  const printed = await inOwnProcess(
    { shards: 3, chains: 1, during },
    { command: ['--max-old-space-size=64', fileURLToPath(CHILD)], end: 'cleanup' },
  )
  expect(printed).toMatchObject({
    endings: ['completed', 'completed', 'completed'],
    retrying: [{ task: 'sample-0001-0', attempt: 1, failure: { cause: 'memory', code: 'CHORALE_TASK_MEMORY' } }],
  })
})
