import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { runElement } from '../../src/batch/job/run-element.js'
import { JOB_EXIT } from '../../src/batch/job-files.js'
import type { JobRequest, TaskEvent } from '../../src/contracts/index.js'
import { attemptDirectory } from '../../src/run-directory/layout.js'
import { modelRun } from './model-run.js'
import { FACTS, modelAdapter } from './scheduler-model.js'

/** A run on a scheduler whose arrays count from 1. */
async function countingFromOne(count: number, request: Parameters<typeof modelRun>[1] = {}) {
  const arrays: JobRequest['array'][] = []
  const run = await modelRun(count, {
    ...request,
    firstIndex: 1,
    adapter: {
      identify: async () => ({ ...FACTS, arrays: { ...FACTS.arrays, firstIndex: 1 } }),
      submission(asked, facts) {
        arrays.push(asked.array)
        return modelAdapter.submission(asked, facts)
      },
    },
  })
  return { ...run, arrays }
}

const intentOf = async (run: string, number: number) =>
  JSON.parse(await readFile(join(run, 'submissions', `000${number}.intent.json`), 'utf8')) as { first: number; elements: string[][] }

test('where arrays count from 1, the first task is that of element 1, and its job is asked for and told by that index', async () => {
  const { model, backend, context, tasks, arrays } = await countingFromOne(3, {
    fate: (id, attempt) => (id.endsWith('-0') && attempt === 1 ? 'walltime' : 'completed'),
  })
  const events: TaskEvent[] = []
  for await (const event of backend.run(tasks, context)) events.push(event)
  expect(events.filter(({ type }) => type === 'completed')).toHaveLength(3)
  expect(events.flatMap(event => (event.type === 'submitted' ? [[event.task, event.job]] : []))).toEqual([
    ['sample-0000-0', '1_1'],
    ['sample-0000-1', '1_2'],
    ['sample-0000-2', '1_3'],
    ['sample-0000-0', '2'],
  ])
  expect(events.flatMap(event => (event.type === 'retrying' ? [[event.task, event.failure.message]] : []))).toEqual([
    ['sample-0000-0', expect.stringContaining('the job 1_1 of task sample-0000-0') as string],
  ])
  expect(model.calls.filter(({ command }) => command[0] === 'model-ends').map(({ command }) => command[1])).toContain('1_1')
  // A single job is no element of anything.
  expect([...new Set(arrays.map(range => range && `${range.first}-${range.last}`))]).toEqual(['1-3', undefined])
  expect([(await intentOf(context.runDirectory, 1)).first, (await intentOf(context.runDirectory, 2)).first]).toEqual([1, 0])
})

test('a job of an array that counts from 1 runs the tasks of its own element', async () => {
  const { backend, context, tasks } = await countingFromOne(2)
  await backend.submit(tasks, context)
  const { runDirectory: run } = context
  const { elements } = await intentOf(run, 1)
  const entry = new URL('data:text/javascript,throw new Error("not in this test")')
  const order = { run, submission: 1, started: Date.now() / 1000, job: '1', entry }
  expect(await runElement({ ...order, index: 2 })).toBe(JOB_EXIT.failed)
  const ended = JSON.parse(await readFile(join(attemptDirectory(run, elements[1]![0]!, 1), 'ended.json'), 'utf8')) as { task: string }
  expect(ended.task).toBe(tasks[1]!.id)
  await expect(readFile(join(attemptDirectory(run, elements[0]![0]!, 1), 'ended.json'))).rejects.toThrow('ENOENT')
})
