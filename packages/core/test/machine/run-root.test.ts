import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { diagnoseRunRoot, requireSharedRunRoot, type RunRootFacts } from '../../src/machine/run-root.js'
import { temporaryFolder } from '../job/tiny-run.js'

const [TMPFS, EXT4, NFS, OVERLAY, UNKNOWN] = [0x01021994, 0xef53, 0x6969, 0x794c7630, 0x1234]
const IN_TMP = { type: EXT4, isTemporary: true, names: ['/tmp/runs', '/tmp'] }
const FINE: RunRootFacts = {
  nearest: '/home/ada',
  names: ['/home/ada/runs', '/home/ada'],
  writable: true,
  freeBytes: 50e9,
  freeInodes: 1e6,
  type: NFS,
  isTemporary: false,
}
const look = (change: Partial<RunRootFacts>, detachable = true, assumedShared = false) =>
  diagnoseRunRoot('/home/ada/runs', { detachable, assumedShared }, () => Promise.resolve({ ...FINE, ...change }))

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
  ['a folder of this machine', IN_TMP, 'problem', 'warning'],
  ['a temporary folder that is shared', { isTemporary: true }, 'warning', 'warning'],
  ['the file system of a container', { type: OVERLAY }, 'problem', 'ok'],
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

test('a cluster of one node, whose settings say so, may have its runs anywhere', async () => {
  expect((await look({ type: EXT4 }, true, true))[0]!.level).toBe('ok')
  expect((await look(IN_TMP, true, true))[0]).toMatchObject({ level: 'warning', found: expect.stringContaining('emptied') as string })
})

describe('a run of batch jobs is refused in', () => {
  test.each([
    ['/tmp', { names: ['/tmp/runs', '/tmp'], type: EXT4 }, 'every machine has a /tmp of its own'],
    ['/var/tmp', { names: ['/var/tmp', '/var/tmp'], type: NFS }, 'every machine has a /var/tmp of its own'],
    ['/dev/shm', { names: ['/dev/shm/ada', '/dev/shm/ada'], type: TMPFS }, 'every machine has a /dev/shm of its own'],
    ['a link into it', { names: ['/home/ada/runs', '/tmp/ada'], type: EXT4 }, 'every machine has a /tmp of its own'],
    ['memory', { names: ['/run/user/7', '/run/user/7'], type: TMPFS }, 'it is kept in the memory of this machine (tmpfs)'],
    ['a container', { names: ['/app', '/app'], type: OVERLAY }, 'it belongs to the container that this process runs in (overlay)'],
  ])('%s', async (_, place, why) => {
    await expect(requireSharedRunRoot(place.names[0]!, place)).rejects.toMatchObject({
      code: 'CHORALE_RUN_ROOT_NOT_SHARED',
      message: expect.stringContaining(why) as string,
      details: { fix: expect.stringContaining("backend.sharedFolder: 'assume'") as string },
    })
  })

  test.each([
    ['a folder whose name only begins so', { names: ['/tmpfiles/ada', '/tmpfiles/ada'], type: NFS }],
    ['a disk of this machine, which may be exported to the nodes', { names: ['/home/ada', '/home/ada'], type: EXT4 }],
  ])('not %s', (_, place) => requireSharedRunRoot(place.names[0]!, place))
})

test('a folder that a run would make is judged by the one above it', async () => {
  const folder = await temporaryFolder()
  const [place, disk] = await diagnoseRunRoot(join(folder, 'not', 'there'), { detachable: true })
  expect(place).toMatchObject({ level: 'problem', found: expect.stringContaining('a temporary folder') as string })
  expect(disk!.found).toMatch(/^[\d.]+ [GM]B free$/)
})
