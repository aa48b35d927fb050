import { expect, test } from 'vitest'

import { driverWatch } from '../../src/watching/watch-driver.js'
import {
  createRunDirectory,
  layout,
  replaceFile,
  RELEASED,
  thisProcess,
  toJsonText,
  writeOnce,
  type DriverRecord,
} from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

/** A run that a process of another machine drives, a watch over it, and its clock. */
async function watched(change: Partial<DriverRecord> = {}) {
  const { path: run } = await createRunDirectory(await temporaryFolder(), { wall: 0 })
  const record: DriverRecord = { format: 1, epoch: 1, ...thisProcess(), host: 'elsewhere', nonce: 'n', since: 0, ...change }
  await writeOnce(layout.driverRecord(run, 1), toJsonText(record))
  const clock = { now: 0, monotonic: () => clock.now }
  const watch = driverWatch(run, clock)
  return {
    clock,
    beat: (text: string) => replaceFile(layout.driverBeat(run, 1), text, { sync: 'none' }),
    look: async () => (await watch.look())?.host,
  }
}

test('a driver whose beat moves drives, however long', async () => {
  const { clock, beat, look } = await watched()
  for (let count = 0; count < 5; count++) {
    await beat(`${count}\n`)
    expect(await look()).toBe('elsewhere')
    clock.now += 55_000
  }
})

test('one whose beat stands still for a minute of our own clock has gone', async () => {
  const { clock, beat, look } = await watched()
  await beat('7\n')
  expect(await look()).toBe('elsewhere')
  clock.now += 59_000
  expect(await look()).toBe('elsewhere')
  clock.now += 1_000
  expect(await look()).toBeUndefined()
  await beat('8\n')
  expect(await look()).toBe('elsewhere')
})

test('one that has let go, or is dead on this machine, has gone at once', async () => {
  const released = await watched()
  await released.beat(RELEASED)
  expect(await released.look()).toBeUndefined()
  const dead = await watched({ ...thisProcess(), pid: 2_000_000_000 })
  expect(await dead.look()).toBeUndefined()
})
