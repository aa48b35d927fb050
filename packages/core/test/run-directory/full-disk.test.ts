import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { runTaskFromBundle } from '../../src/bundle/index.js'
import { claimAttempt, createRunDirectory, replaceFile, writeOnce, writeShards } from '../../src/run-directory/index.js'
import { quietHooks, regressionTable, temporaryFolder, tinyRun } from '../job/tiny-run.js'

const mount = (...argv: string[]): boolean => spawnSync('mount', argv).status === 0
const unmountAfterTest = (folder: string) => onTestFinished(() => void spawnSync('umount', ['-l', folder]))

/** A file system of its own, of 256 KiB. Skips the test where this process may not mount. */
async function smallDisk(context: TestContext): Promise<string> {
  const folder = join(await temporaryFolder(), 'disk')
  await mkdir(folder)
  if (!mount('-t', 'tmpfs', '-o', 'size=256k', 'none', folder)) context.skip('mounting is not permitted here')
  unmountAfterTest(folder)
  return folder
}

/** Makes a folder read-only, for root too. */
function makeReadOnly(context: TestContext, folder: string): void {
  if (!mount('--bind', folder, folder)) context.skip('mounting is not permitted here')
  unmountAfterTest(folder)
  if (!mount('-o', 'remount,ro,bind', folder)) context.skip('read-only bind mounts are not permitted here')
}

async function fill(disk: string): Promise<void> {
  await writeFile(join(disk, 'filling'), Buffer.alloc(1 << 20)).catch(() => undefined)
}

const FULL = { code: 'CHORALE_DISK_FULL', details: { fix: expect.stringContaining('free space') as string } }
const READ_ONLY = { code: 'CHORALE_DIRECTORY_READ_ONLY', details: { fix: expect.stringContaining('output.directory') as string } }

test('on a full disk nothing half-written becomes visible, and the error says what to do', async context => {
  const disk = await smallDisk(context)
  const { path } = await createRunDirectory(disk, { wall: 0 })
  await replaceFile(join(path, 'beat'), '1', { sync: 'full' })
  await fill(disk)
  const big = 'x'.repeat(100_000)
  await expect(writeOnce(join(path, 'run.json'), big)).rejects.toMatchObject(FULL)
  await expect(replaceFile(join(path, 'beat'), big, { sync: 'full' })).rejects.toMatchObject(FULL)
  expect((await readdir(path)).filter(name => !['accepted', 'done', 'drivers', 'submissions', 'tasks'].includes(name))).toEqual(['beat'])
})

test('data that do not fit are refused before they are written, whole shards that fitted included', async context => {
  const disk = await smallDisk(context)
  const { path } = await createRunDirectory(disk, { wall: 0 })
  await expect(writeShards(path, [regressionTable(100), regressionTable(100_000)])).rejects.toMatchObject(FULL)
  expect(await readdir(join(path, 'data'))).toEqual([])
})

test('a task on a full disk fails with the cause "limit" and is not tried again', async context => {
  const disk = await smallDisk(context)
  const tiny = await tinyRun()
  const run = join(disk, 'run')
  await cp(tiny.path, run, { recursive: true })
  await fill(disk)
  const failure = { cause: 'limit', code: 'CHORALE_DISK_FULL', retryable: false }
  await expect(runTaskFromBundle(run, tiny.sampleTask(), quietHooks())).rejects.toMatchObject({ name: 'TaskError', failure })
  expect(await readdir(join(run, 'done'))).toEqual([])
})

test('a run directory that became read-only is named', async context => {
  const tiny = await tinyRun()
  makeReadOnly(context, tiny.path)
  await expect(writeOnce(join(tiny.path, 'run.json'), '{}')).rejects.toMatchObject(READ_ONLY)
  await expect(claimAttempt(tiny.path, 'sample-0000-0', 1)).rejects.toMatchObject(READ_ONLY)
  await expect(createRunDirectory(tiny.path, { wall: 0 })).rejects.toMatchObject(READ_ONLY)
  await expect(writeShards(tiny.path, [])).rejects.toMatchObject(READ_ONLY)
  await expect(runTaskFromBundle(tiny.path, tiny.sampleTask(), quietHooks())).rejects.toMatchObject({
    name: 'TaskError',
    failure: { cause: 'environment', code: 'CHORALE_DIRECTORY_READ_ONLY', retryable: false },
  })
})
