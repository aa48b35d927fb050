import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import type { TaskEvent } from '../../../src/contracts/index.js'
import type { Exec } from '../../../src/exec.js'
import { attemptDirectory } from '../../../src/run-directory/layout.js'
import { modelRun } from '../model-run.js'

const isSubmission = ({ command }: { readonly command: readonly string[] }): boolean => command[0] === 'model-submit'

const continued = async (run: string): Promise<readonly unknown[]> =>
  Promise.all(
    (await readdir(join(run, 'submissions')))
      .filter(name => name.endsWith('.intent.json'))
      .sort()
      .map(async name => (JSON.parse(await readFile(join(run, 'submissions', name), 'utf8')) as { readonly continues: unknown }).continues),
  )

test('the jobs of a detached run get two copies, each going on from the one before', async () => {
  const { model, backend, context, tasks } = await modelRun(3)
  await backend.submit(tasks, context)
  expect(model.calls.filter(isSubmission)).toHaveLength(3)
  expect(await continued(context.runDirectory)).toEqual([null, 1, 2])
  await backend.submit(tasks, context)
  expect(model.calls.filter(isSubmission)).toHaveLength(3)
})

test('a client that stays submits no copies', async () => {
  const { model, backend, context, tasks } = await modelRun(3)
  for await (const event of backend.run(tasks, context)) expect(event.type).not.toBe('failed')
  expect(model.calls.filter(isSubmission)).toHaveLength(1)
})

test('a client that stays submits as many copies as are asked for, with the jobs: there they are when it is killed', async () => {
  const { model, backend, context, tasks } = await modelRun(3, { options: { continuations: 1 } })
  const events: TaskEvent[] = []
  for await (const event of backend.run(tasks, context)) {
    if (event.type === 'completed' && events.every(({ type }) => type !== 'completed'))
      expect(await continued(context.runDirectory)).toEqual([null, 1])
    events.push(event)
  }
  expect(events.filter(({ type }) => type === 'completed')).toHaveLength(3)
  expect(model.calls.filter(isSubmission)).toHaveLength(2)
})

test('a scheduler that takes no copies is no reason to give up the jobs themselves', async () => {
  let count = 0
  const full =
    (exec: Exec): Exec =>
    (argv, options) =>
      argv[0] === 'model-submit' && ++count > 1 ? Promise.resolve({ code: 11, stdout: '', stderr: '' }) : exec(argv, options)
  const { backend, context, tasks } = await modelRun(3, {
    between: full,
    adapter: {
      readSubmission: ({ code, stdout }) =>
        code === 0 ? { kind: 'accepted', job: stdout } : { kind: 'refused', transient: true, words: 'no more than 3 jobs a user' },
    },
  })
  const said: string[] = []
  await backend.submit(tasks, { ...context, log: { ...context.log, warn: line => said.push(line) } })
  expect(said).toEqual([expect.stringMatching(/backend\.continuations.*no more than 3 jobs a user/)])
  expect(count).toBe(2)
})

test('whoever attaches sees the tasks of a job that copies wait for', async () => {
  const { backend, context, tasks } = await modelRun(1)
  await backend.submit(tasks, context)
  const [task] = tasks
  const directory = attemptDirectory(context.runDirectory, task!.id, 1)
  await mkdir(directory, { recursive: true })
  await writeFile(
    join(directory, 'job.json'),
    JSON.stringify({ format: 1, submission: 1, index: 0, name: 'c', job: '1', host: 'n7', pid: 1 }),
  )
  await writeFile(join(directory, 'beat'), JSON.stringify({ beats: 5, done: 30, total: 100, divergences: 0, iteration: 20 }))
  const events: TaskEvent[] = []
  for await (const event of backend.attach(tasks, context)) events.push(event)
  expect(events.find(({ type }) => type === 'started')).toMatchObject({ where: 'n7, job 1', attempt: 1 })
  expect(events.find(({ type }) => type === 'progress')).toMatchObject({ done: 30 })
})
