import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { readHistory } from '../../src/history/index.js'

/** A folder of a run with these records. */
function runWith(files: Readonly<Record<string, unknown>>): string {
  const run = mkdtempSync(join(tmpdir(), 'chorale-history-'))
  onTestFinished(() => rmSync(run, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(run, name)), { recursive: true })
    writeFileSync(join(run, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return run
}

const failure = { cause: 'memory', code: 'CHORALE_TASK_MEMORY', message: 'it needs 3 GB', retryable: true }

test('every attempt has its times, its phases and its end, chains first', async () => {
  const run = runWith({
    'tasks/evaluate-0000-000/001/started.json': { at: 9000, host: 'n3' },
    'tasks/sample-0000-0/001/started.json': { at: 2000, host: 'n1' },
    'tasks/sample-0000-0/001/job.json': { submission: 7 },
    'submissions/0007.intent.json': { at: 1500 },
    'tasks/sample-0000-0/001/ended.json': { at: 3000, status: 'failed', failure },
    'tasks/sample-0000-0/003/started.json': { at: 4000, host: 'n2' },
    'tasks/sample-0000-0/003/ended.json': { at: 8000, status: 'completed', files: [] },
    'tasks/sample-0000-0/003/chain.json': { warmup: { seconds: 1.5 }, sampling: { seconds: 2 } },
    'accepted/sample-0000-0.json': { attempt: 3 },
  })
  const { attempts, moreAttempts, state } = await readHistory(run)
  expect([state, moreAttempts]).toEqual([undefined, 0])
  const task = 'sample-0000-0'
  expect(attempts).toEqual([
    {
      task,
      attempt: 1,
      counts: false,
      status: 'failed',
      queuedAt: 1500,
      startedAt: 2000,
      endedAt: 3000,
      host: 'n1',
      reason: 'CHORALE_TASK_MEMORY: it needs 3 GB',
    },
    {
      task,
      attempt: 3,
      counts: true,
      status: 'completed',
      startedAt: 4000,
      endedAt: 8000,
      host: 'n2',
      warmupSeconds: 1.5,
      samplingSeconds: 2,
    },
    { task: 'evaluate-0000-000', attempt: 1, counts: false, status: 'begun', startedAt: 9000, host: 'n3' },
  ])
})

test('records that are damaged, empty or something else are left out', async () => {
  const run = runWith({
    'tasks/sample-0000-0/001/started.json': '{"at": 20',
    'tasks/sample-0000-0/001/ended.json': 'null',
    'tasks/sample-0000-0/002/started.json': { at: 'noon', host: 4 },
    'tasks/sample-0000-0/002/ended.json': { status: 'vanished' },
    'tasks/sample-0000-0/002/chain.json': '',
  })
  const begun = { task: 'sample-0000-0', counts: false, status: 'begun' }
  expect((await readHistory(run)).attempts).toEqual([
    { ...begun, attempt: 1 },
    { ...begun, attempt: 2 },
  ])
})

test('a combination whose summary cannot be read is named', async () => {
  const run = runWith({ 'results/gaussian/summary.json': { format: 2 }, 'results/consensus/draws.bin': '' })
  const { combinations, missing } = await readHistory(run)
  expect(combinations).toEqual([])
  expect(missing).toEqual([{ what: 'the summary of combination gaussian', why: expect.stringContaining('format 2') }])
})

test('a folder that holds nothing has no history', async () => {
  expect(await readHistory(runWith({}))).toEqual({ state: undefined, attempts: [], moreAttempts: 0, combinations: [], missing: [] })
})
