import { join } from 'node:path'

import { expect, test } from 'vitest'

import { diagnoseRunRoot, type RunRootFacts } from '../../src/doctor/run-root.js'
import { temporaryFolder } from '../job/tiny-run.js'

const [TMPFS, EXT4, NFS, UNKNOWN] = [0x01021994, 0xef53, 0x6969, 0x1234]
const FINE: RunRootFacts = { folder: '/home/ada', writable: true, freeBytes: 50e9, freeInodes: 1e6, type: NFS, isTemporary: false }
const look = (change: Partial<RunRootFacts>, detachable = true) =>
  diagnoseRunRoot('/home/ada/runs', { detachable }, () => Promise.resolve({ ...FINE, ...change }))

test('a shared file system with space is ok', async () => {
  const found = await look({})
  expect(found.map(({ what, level }) => [what, level])).toEqual([
    ['run folder', 'ok'],
    ['disk', 'ok'],
    ['files', 'ok'],
  ])
  expect(found[0]!.found).toBe('/home/ada/runs (nfs)')
})

test.each([
  ['tmpfs', { type: TMPFS }, 'problem', 'warning'],
  ['a temporary folder', { type: EXT4, isTemporary: true }, 'problem', 'warning'],
  ['a disk of this machine', { type: EXT4 }, 'warning', 'ok'],
  ['an unknown file system', { type: UNKNOWN }, 'ok', 'ok'],
  ['a folder that cannot be written', { writable: false }, 'problem', 'problem'],
] as const)('%s: %o is a %s where tasks run elsewhere, otherwise %s', async (_, change, elsewhere, here) => {
  expect([(await look(change))[0]!.level, (await look(change, false))[0]!.level]).toEqual([elsewhere, here])
})

test.each([
  ['disk', { freeBytes: 0.5e9 }, 'warning', '500 MB free'],
  ['disk', { freeBytes: 1e6 }, 'problem', '1 MB free'],
  ['files', { freeInodes: 5000 }, 'warning', '5000 more may be made'],
  ['files', { freeInodes: 10 }, 'problem', '10 more may be made'],
] as const)('%s: %o is a %s', async (what, change, level, found) => {
  expect((await look(change)).find(line => line.what === what)).toMatchObject({ level, found })
})

test('a file system that does not count files has no line about them', async () => {
  expect((await look({ freeInodes: undefined })).map(({ what }) => what)).toEqual(['run folder', 'disk'])
})

test('a folder that a run would make is judged by the one above it', async () => {
  const folder = await temporaryFolder()
  const [place, disk] = await diagnoseRunRoot(join(folder, 'not', 'there'), { detachable: true })
  expect(place).toMatchObject({ level: 'problem', found: expect.stringContaining('a temporary folder') as string })
  expect(disk!.found).toMatch(/^[\d.]+ [GM]B free$/)
})
