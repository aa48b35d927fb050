import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { choraleHere } from './command-here.js'
import { project } from './project.js'
import { drawDigests, isPlanned, onlyRun, runsOf } from './run-files.js'

/** A file system of its own at `folder`; undefined where this user may not mount one. */
function mounted(folder: string, options: string): string | undefined {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' }))
  return folder
}

test('a full disk: exit code 3 and what to do; with space again the run is resumed to the same draws', async context => {
  const where = project()
  const runs = mounted(join(where.folder, 'runs'), 'size=600k')
  if (runs === undefined) return context.skip('a file system cannot be mounted here')
  const ballast = join(runs, '..', 'runs', 'ballast')
  writeFileSync(ballast, new Uint8Array(300_000))

  const full = await choraleHere(where, 'run', '--set', 'sampling.draws=2000')
  expect(full.stderr).toMatch(/^(CHORALE_DISK_FULL|CHORALE_\w+ .*no space is left)/m)
  expect(full.stderr).toMatch(/free space/)
  expect({ code: full.code, stdout: full.stdout }).toEqual({ code: 3, stdout: '' })

  rmSync(ballast)
  execFileSync('mount', ['-o', 'remount,size=20m', runs])
  const run = runsOf(where).find(isPlanned)
  expect(await choraleHere(where, 'run', ...(run === undefined ? ['--set', 'sampling.draws=2000'] : ['--resume', run]))).toMatchObject({
    code: 0,
  })
  const reference = project()
  expect(await choraleHere(reference, 'run', '--set', 'sampling.draws=2000')).toMatchObject({ code: 0 })
  expect(drawDigests(runsOf(where).find(isPlanned)!)).toEqual(drawDigests(onlyRun(reference)))
})

test('an output folder that cannot be written: exit code 3 and the setting to change', async context => {
  const where = project()
  const runs = mounted(join(where.folder, 'runs'), 'ro')
  if (runs === undefined) return context.skip('a file system cannot be mounted here')
  const { code, stdout, stderr } = await choraleHere(where, 'run')
  expect(stderr).toMatch(/^CHORALE_DIRECTORY_READ_ONLY .*runs/m)
  expect(stderr).toContain('output.directory')
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
})

test('an output folder that is a file is refused', async () => {
  const where = project({ runs: 'not a folder' })
  const { code, stderr } = await choraleHere(where, 'run')
  expect(stderr).toMatch(/^CHORALE_\w+ .*runs/m)
  expect(code).toBe(3)
})
