import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { changedSettings, withChangedSettings, writeChangedSettings } from '../../src/pipeline/settings-change.js'
import type { RunDirectory } from '../../src/run-directory/index.js'
import { parseSettings } from '../../src/settings/parse.js'
import { settingsToJson } from '../../src/settings/record.js'

const PLANNED = parseSettings({ model: './m.mjs', data: { path: 'd.csv' }, backend: { name: 'pbs', queue: 'wrokq', walltime: 600 } })
const change = (...pairs: readonly string[]) =>
  changedSettings(
    PLANNED,
    pairs.map(pair => ({ path: pair.split('=')[0]!, value: pair.split('=')[1]!, origin: `--set ${pair}` })),
  )

test('where and within which limits tasks run may change; everything else stays', () => {
  const changed = change('backend.queue=workq', 'timeout.task=60', 'output.jobQueue=long')
  expect(changed.backend).toEqual({ ...PLANNED.backend, queue: 'workq' })
  expect(changed).toMatchObject({ timeout: { task: 60 }, output: { jobQueue: 'long' }, sampling: PLANNED.sampling })
})

test.each([
  ['sampling.draws=7', 'CHORALE_SETTINGS_INVALID', /sampling\.draws .*draws come from/],
  ['backend.name=slurm', 'CHORALE_SETTINGS_INVALID', /backend\.name/],
  ['output.directory=there', 'CHORALE_SETTINGS_INVALID', /output\.directory/],
  ['timeout.tsk=7', 'CHORALE_SETTINGS_UNKNOWN_KEY', /did you mean/],
])('%s is refused', (pair, code, message) => {
  expect(() => change(pair)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error)
})

test('whoever opens the run later finds the newest change', async () => {
  const run = await mkdtemp(join(tmpdir(), 'chorale-'))
  onTestFinished(() => rm(run, { recursive: true, force: true }))
  await mkdir(join(run, 'drivers'))
  const opened = { path: run, record: { settings: settingsToJson(PLANNED) } } as unknown as RunDirectory
  expect(await withChangedSettings(opened)).toBe(opened)
  await writeChangedSettings(run, 2, change('backend.queue=workq'))
  await writeChangedSettings(run, 10, change('backend.queue=long'))
  expect((await withChangedSettings(opened)).record.settings).toMatchObject({ backend: { queue: 'long', walltime: 600 } })
})
