import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { batchSettings } from '../../../src/batch/batch-settings.js'
import { Commander } from '../../../src/batch/commander.js'
import { diagnose } from '../../../src/batch/site/diagnose.js'
import type { BatchOptions } from '../../../src/contracts/index.js'
import type { Exec } from '../../../src/exec.js'
import { modelRun } from '../model-run.js'
import { modelAdapter } from '../scheduler-model.js'

/** Puts the commands of the model of a scheduler on the PATH, as far as the doctor looks: it asks the model. */
async function commandsOnPath(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorale-'))
  const before = process.env.PATH ?? ''
  onTestFinished(async () => {
    process.env.PATH = before
    await rm(folder, { recursive: true, force: true })
  })
  for (const command of modelAdapter.commands) {
    await writeFile(join(folder, command), '')
    await chmod(join(folder, command), 0o700)
  }
  process.env.PATH = `${folder}${delimiter}${before}`
}

test("without a walltime, the doctor says that jobs get the site's", async () => {
  await commandsOnPath()
  const { model, clock } = await modelRun(1)
  const walltime = async (options: BatchOptions) =>
    (await diagnose('model', new Commander(modelAdapter, model.exec, clock), batchSettings(options))).find(
      ({ what }) => what === 'walltime',
    )
  expect(await walltime({ walltime: 600 })).toMatchObject({ level: 'ok' })
  expect(await walltime({})).toMatchObject({ level: 'warning', found: expect.stringContaining("the site's default") as string })
})

test('a server that has just not answered is not asked again at once, and later it is', async () => {
  const { clock, model } = await modelRun(1)
  let asked = 0
  const silent: Exec = () => Promise.resolve({ code: 1, stdout: String(++asked), stderr: 'no answer' })
  const commander = new Commander(
    {
      ...modelAdapter,
      identify: async ask => {
        if ((await ask(['model-version'])).code !== 0) throw new Error('no answer')
        return modelAdapter.identify(ask)
      },
    },
    (argv, options) => (asked < 2 ? silent(argv, options) : model.exec(argv, options)),
    clock,
  )
  const isSilent = { code: 'CHORALE_SCHEDULER_SILENT' }
  await expect(commander.facts()).rejects.toMatchObject(isSilent)
  await expect(commander.facts()).rejects.toMatchObject(isSilent)
  expect(asked).toBe(1)
  clock.participants = 1
  await clock.sleep(2_000)
  await expect(commander.facts()).rejects.toMatchObject(isSilent)
  expect(asked).toBe(2)
})
