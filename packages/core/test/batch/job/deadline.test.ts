import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

import { beatFile } from '../../../src/batch/job-files.js'
import { writeBatchEntry } from '../../../src/batch/submission/job-bundle.js'
import { Deadline } from '../../../src/batch/job/deadline.js'
import { attemptDirectory, endedRecord, taskRecord } from '../../../src/run-directory/layout.js'
import { bundleProject, tinyRun } from '../../job/tiny-run.js'

const HOUR = { started: 1000, walltimeSeconds: 3600, marginSeconds: 60 }

test('the margin before the walltime is three of the slowest checkpoints and the start of the job', () => {
  const deadline = new Deadline(HOUR)
  expect(deadline.at).toBe(1000 * (1000 + 3600 - 60))
  deadline.heardCheckpoint(30_000)
  deadline.heardStart(1000 * (1000 + 12))
  deadline.heardCheckpoint(20_000)
  expect(deadline.margin).toBe(3 * 30_000 + 12_000)
  expect(deadline.at).toBe(1000 * (1000 + 3600) - 102_000)
})

test('what the settings ask for is kept where checkpoints are fast', () => {
  const deadline = new Deadline({ ...HOUR, marginSeconds: 300 })
  deadline.heardCheckpoint(1000)
  expect(deadline.margin).toBe(300_000)
})

test('half of the walltime is left to work, however slow the disk', () => {
  const deadline = new Deadline(HOUR)
  deadline.heardCheckpoint(3_600_000)
  expect(deadline.margin).toBe(1_800_000)
})

test('a job without a walltime has no deadline', () => {
  expect(new Deadline({ ...HOUR, walltimeSeconds: null }).at).toBeNull()
})

/** Draws nothing: it writes a checkpoint again and again, each of which takes a while, and looks whether it should stop. */
const SLOW_SAMPLER = `
import { TaskStoppedError } from '@chorale/core/contracts'
const wait = ms => new Promise(resolve => setTimeout(resolve, ms))
const slow = {
  name: 'lattice', aliases: [], summary: 'Slow checkpoints', extraFields: [],
  async runTask(task, model, data, directory, hooks) {
    for (let iteration = 0; ; iteration++) {
      for (let leapfrog = 0; leapfrog < 10; leapfrog++) {
        if (hooks.shouldStop()) {
          await wait(800)
          throw new TaskStoppedError({ task: task.id, attempt: hooks.attempt, iteration, reason: 'stop' })
        }
        await wait(5)
      }
      if (hooks.shouldStop()) continue
      await wait(800)
      hooks.emit({ type: 'checkpoint', task: task.id, attempt: hooks.attempt, at: 0, iteration })
    }
  },
}
export default { name: 'lattice-sampler', apiVersion: 1, samplers: [slow] }
`

async function runJob(run: string, taskId: string, submission: number, walltimeSeconds: number): Promise<number> {
  const intent = {
    format: 1,
    name: 'caaaaaaaaaaaa',
    elements: [[taskId]],
    first: 0,
    walltimeSeconds,
    marginSeconds: 0.1,
    atOnce: 1,
    limits: { taskSeconds: null, heartbeatSeconds: 600, memoryBytes: null },
    environment: null,
    oldCancel: null,
  }
  await mkdir(join(run, 'submissions'), { recursive: true })
  await writeFile(join(run, 'submissions', `000${submission}.intent.json`), JSON.stringify(intent))
  const entry = await writeBatchEntry(run)
  const job = spawn(process.execPath, [entry, run, String(submission), '0', String(Date.now() / 1000), '7'], { stdio: 'ignore' })
  return new Promise(resolve => job.on('exit', code => resolve(code ?? -1)))
}

test('a job whose checkpoints are slow begins to end earlier, and the next one knows', async () => {
  const made = await tinyRun()
  await writeFile(join(made.folder, 'sampler.mjs'), SLOW_SAMPLER)
  const { path, digest } = await bundleProject(made.folder, made.path)
  const task = { ...made.sampleTask(), model: { kind: 'bundle', path, digest, exportName: 'default' } }
  await mkdir(dirname(taskRecord(made.path, task.id)), { recursive: true })
  await writeFile(taskRecord(made.path, task.id), JSON.stringify(task))

  const started = Date.now()
  expect(await runJob(made.path, task.id, 1, 6)).toBe(75)
  const first = attemptDirectory(made.path, task.id, 1)
  const ended = JSON.parse(await readFile(endedRecord(first), 'utf8')) as Record<string, unknown>
  expect(ended).toMatchObject({ status: 'stopped', reason: 'walltime' })
  // Three checkpoints of 0.8 s before the end of 6 s, and one of them is written still. By its margin of 0.1 s it would not even have begun to end.
  expect(Number(ended.at) - started).toBeLessThan(6000 - 100)
  const beat = JSON.parse(await readFile(beatFile(first), 'utf8')) as { readonly slowestCheckpoint: number }
  expect(beat.slowestCheckpoint).toBeGreaterThanOrEqual(790)

  const began = Date.now() / 1000
  expect(await runJob(made.path, task.id, 2, 6)).toBe(75)
  const record = JSON.parse(await readFile(join(attemptDirectory(made.path, task.id, 2), 'job.json'), 'utf8')) as {
    readonly deadline: number
  }
  expect(record.deadline / 1000 - began).toBeLessThan(6 - 3 * 0.79)
})
