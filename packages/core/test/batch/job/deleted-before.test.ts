import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { deletedBefore } from '../../../src/batch/job/deleted-before.js'
import { runElement } from '../../../src/batch/job/run-element.js'
import { JOB_EXIT, type JobOrder } from '../../../src/batch/job-files.js'
import { attemptDirectory } from '../../../src/run-directory/layout.js'
import { temporaryFolder } from '../../job/tiny-run.js'
import { modelRun } from '../model-run.js'

const [ONE, OTHER] = ['sample-0000-0', 'sample-0000-1']
const STOPPED = { format: 1, attempt: 1, at: 0, seconds: 1, node: 'n1', status: 'stopped', iteration: 5 }

/** An attempt of a job of a submission, and how it ended, if it said so. */
async function attempt(run: string, task: string, submission: number, ended?: object, number = 1, job: object = {}): Promise<void> {
  const directory = attemptDirectory(run, task, number)
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'job.json'), JSON.stringify({ format: 1, submission, index: 0, ...job }))
  if (ended) await writeFile(join(directory, 'ended.json'), JSON.stringify({ task, ...ended }))
}

/** An order that goes on for submission 1, and whose scheduler leaves a file when it is asked. */
async function asking(says: string) {
  const run = await temporaryFolder()
  const asked = join(run, 'asked')
  const script = `require('fs').writeFileSync(${JSON.stringify(asked)}, process.argv[1]); console.log(${JSON.stringify(says)})`
  const deletion = { command: [process.execPath, '-e', script, '12_{index}'], yes: '\\bJobState=CANCELLED\\b' }
  const order = { continues: 1, deletion } as unknown as JobOrder
  return { run, asked, ask: () => deletedBefore(run, order, 3, [ONE, OTHER]) }
}

test('a job that ended by a signal, or was killed, and that the scheduler says was deleted, takes its tasks with it', async () => {
  const { run, asked, ask } = await asking('JobId=13 ArrayTaskId=3 JobState=CANCELLED Reason=None')
  await attempt(run, ONE, 1, { ...STOPPED, reason: 'stop' })
  await attempt(run, OTHER, 1)
  expect(await ask()).toEqual([ONE, OTHER])
  expect(await readFile(asked, 'utf8')).toBe('12_3')
})

test.each(['JobState=NODE_FAIL', 'JobState=PREEMPTED', 'JobState=TIMEOUT', ''])('after "%s" they go on', async says => {
  const { run, ask } = await asking(says)
  await attempt(run, ONE, 1, { ...STOPPED, reason: 'stop' })
  expect(await ask()).toEqual([])
})

test('nobody is asked about a task that stopped at its walltime, failed, was never begun, or goes on elsewhere', async () => {
  const { run, asked, ask } = await asking('JobState=CANCELLED')
  await attempt(run, ONE, 1, { ...STOPPED, reason: 'walltime' })
  expect(await ask()).toEqual([])
  await attempt(run, ONE, 7, undefined, 2)
  expect(await ask()).toEqual([])
  expect(existsSync(asked)).toBe(false)
})

test('nobody is asked about a task that ran until its walltime was near: older servers say of it what they say of a deleted one', async () => {
  const { run, asked, ask } = await asking('JobState=CANCELLED')
  const deadline = { deadline: 100_000, at: 40_000 }
  await attempt(run, ONE, 1, { ...STOPPED, at: 100_000, reason: 'stop' }, 1, deadline)
  await attempt(run, OTHER, 1, undefined, 1, deadline)
  await writeFile(join(attemptDirectory(run, OTHER, 1), 'beat'), JSON.stringify({ usage: { seconds: 61 } }))
  expect(await ask()).toEqual([])
  expect(existsSync(asked)).toBe(false)
  await writeFile(join(attemptDirectory(run, OTHER, 1), 'beat'), JSON.stringify({ usage: { seconds: 30 } }))
  expect(await ask()).toEqual([OTHER])
})

test('a node without the commands of the scheduler goes on', async () => {
  const run = await temporaryFolder()
  await attempt(run, ONE, 1, { ...STOPPED, reason: 'stop' })
  const order = { continues: 1, deletion: { command: ['no-such-command'], yes: 'yes' } } as unknown as JobOrder
  expect(await deletedBefore(run, order, 0, [ONE])).toEqual([])
})

test('all copies of a job that was deleted end with that cause, and whoever attaches hears of it', async () => {
  const { backend, context, tasks } = await modelRun(1, {
    adapter: { wasDeleted: () => ({ command: [process.execPath, '-p', '"gone"'], yes: '^gone$' }) },
  })
  await backend.submit(tasks, context)
  const run = context.runDirectory
  await attempt(run, ONE, 1)
  const entry = new URL('data:text/javascript,')
  for (const submission of [2, 3]) {
    const element = { run, submission, index: 0, started: Date.now() / 1000, job: String(submission), entry }
    expect(await runElement(element)).toBe(JOB_EXIT.failed)
  }
  const events = []
  for await (const event of backend.attach(tasks, context)) events.push(event)
  expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { cause: 'cancelled', code: 'CHORALE_JOB_DELETED', retryable: false } })
})
