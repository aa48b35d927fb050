import { rm, writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test, vi } from 'vitest'

import { runElement } from '../../../src/batch/job/run-element.js'
import { JOB_EXIT } from '../../../src/batch/job-files.js'
import { layout } from '../../../src/run-directory/index.js'
import { modelRun } from '../model-run.js'

test('where the end of a task cannot be recorded, as on a full disk, its job says so, ends as failed, and runs its other tasks', async () => {
  const { backend, context, tasks } = await modelRun(2, { options: { mode: 'packed', tasksPerJob: 2, cpus: 1, continuations: 0 } })
  await backend.submit(tasks, context)
  const { runDirectory: run } = context
  // Markers cannot be made in what is no folder.
  await rm(layout.doneDirectory(run), { recursive: true })
  await writeFile(layout.doneDirectory(run), '')
  const said: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
  onTestFinished(() => log.mockRestore())
  const entry = new URL('data:text/javascript,throw new Error("not in this test")')
  expect(await runElement({ run, submission: 1, index: 0, started: Date.now() / 1000, job: '1', entry })).toBe(JOB_EXIT.failed)
  for (const { id } of tasks)
    expect(said).toContainEqual(expect.stringMatching(new RegExp(`^${id}: its end could not be recorded: .*ENOTDIR`)))
})
