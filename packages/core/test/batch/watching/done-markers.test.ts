import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { DoneMarkers } from '../../../src/batch/watching/done-markers.js'

/** The `done/` of a run whose times are what a test says, and a clock in milliseconds. */
async function folder() {
  const run = await mkdtemp(join(tmpdir(), 'chorale-done-'))
  onTestFinished(() => rm(run, { recursive: true, force: true }))
  await mkdir(join(run, 'done'))
  const clock = { now: 0 }
  const markers = new DoneMarkers(run, () => clock.now)
  return {
    clock,
    /** `seconds`: what the folder says of its last change. */
    async mark(name: string, seconds: number) {
      await writeFile(join(run, 'done', name), '')
      await utimes(join(run, 'done'), seconds, seconds)
    },
    async look(whole = false) {
      const found = await markers.fresh(whole)
      markers.pass(found)
      return found.map(({ task, attempt }) => `${task}.${attempt}`)
    },
    markers,
  }
}

test('each marker is found once, when the folder says that it has changed', async () => {
  const { clock, mark, look } = await folder()
  await mark('sample-0000-0.001', 100.25)
  expect(await look()).toEqual(['sample-0000-0.1'])
  clock.now += 10_000
  await mark('sample-0000-1.001', 110.25)
  expect(await look()).toEqual(['sample-0000-1.1'])
  expect(await look()).toEqual([])
})

test('a second change of the same time is found, on file systems that count seconds too', async () => {
  for (const [time, between] of [
    [100, 1_500],
    [100.25, 40],
  ] as const) {
    const { clock, mark, look } = await folder()
    await mark('sample-0000-0.001', time)
    expect(await look()).toHaveLength(1)
    clock.now += between
    await mark('sample-0000-1.001', time)
    expect(await look()).toEqual(['sample-0000-1.1'])
  }
})

test('a folder that does not change is not listed again, but once a minute and before a job is given up', async () => {
  const { clock, mark, look } = await folder()
  await mark('sample-0000-0.001', 100)
  for (const step of [0, 1_000, 1_000]) {
    clock.now += step
    await look()
  }
  // A file system that does not keep the time of its folders.
  await mark('sample-0000-1.001', 100)
  clock.now += 10_000
  expect(await look()).toEqual([])
  expect(await look(true)).toEqual(['sample-0000-1.1'])
  await mark('sample-0000-2.001', 100)
  clock.now += 59_000
  expect(await look()).toEqual([])
  clock.now += 1_000
  expect(await look()).toEqual(['sample-0000-2.1'])
})

test('a marker whose record is on its way is given again until it is passed', async () => {
  const { clock, mark, markers } = await folder()
  await mark('sample-0000-0.001', 100)
  for (const step of [0, 2_000, 1_000]) {
    clock.now += step
    expect(await markers.fresh(false)).toHaveLength(1)
  }
  markers.pass(await markers.fresh(false))
  expect(await markers.fresh(false)).toEqual([])
})
