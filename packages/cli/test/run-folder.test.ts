import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { runFolder } from '../src/run-folder.js'

const OLDER = '20260102-030405-abcd'
const NEWER = '20260102-030406-0000'

let elsewhere: string
beforeEach(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'chorale-run-folder-'))
})
afterEach(() => rmSync(elsewhere, { recursive: true, force: true }))

function made(name: string, planned: boolean): string {
  const folder = join(elsewhere, 'runs', name)
  mkdirSync(folder, { recursive: true })
  if (planned) writeFileSync(join(folder, 'run.json'), '{}')
  return folder
}

test('a run is named by its path, absolute or relative', async () => {
  const folder = made(OLDER, true)
  expect(await runFolder(folder)).toBe(folder)
  expect(await runFolder(relative('.', folder))).toBe(folder)
})

test('a run that ended while it was planned is refused, with what to do', async () => {
  await expect(runFolder(made(NEWER, false))).rejects.toMatchObject({
    code: 'CHORALE_RUN_NOT_FOUND',
    message: expect.stringContaining(`Run ${NEWER} was ended while it was being planned`) as string,
    details: { fix: expect.stringMatching(/^start it again: chorale run/) as string },
  })
})

test('a name that is no run says where it was looked for', async () => {
  await expect(runFolder(join(elsewhere, 'nowhere'))).rejects.toMatchObject({
    code: 'CHORALE_RUN_NOT_FOUND',
    details: { lookedIn: join(elsewhere, 'nowhere', 'run.json') },
  })
})
