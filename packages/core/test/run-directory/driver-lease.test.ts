import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Clock } from '../../src/clock.js'
import {
  acquireDriverLease,
  createRunDirectory,
  layout,
  replaceFile,
  thisProcess,
  toJsonText,
  writeOnce,
  type DriverRecord,
} from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'

/** Time that passes only when somebody sleeps; `during` happens at each sleep. */
function virtualClock(during: (now: number) => Promise<void> = () => Promise.resolve()): Clock & { now: number } {
  const ticks = new Set<{ readonly ms: number; readonly tick: () => void; next: number }>()
  const clock = {
    now: 0,
    monotonic: () => clock.now,
    wall: () => Date.UTC(2026, 0, 1) + clock.now,
    async sleep(ms: number) {
      clock.now += ms
      for (const timer of ticks) {
        for (; timer.next <= clock.now; timer.next += timer.ms) timer.tick()
      }
      await during(clock.now)
    },
    every(ms: number, tick: () => void) {
      const timer = { ms, tick, next: clock.now + ms }
      ticks.add(timer)
      return { [Symbol.dispose]: () => void ticks.delete(timer) }
    },
  }
  return clock
}

const newRun = async (): Promise<string> => (await createRunDirectory(await temporaryFolder(), { wall: 0 })).path

/** A driver as another process would have recorded itself. */
async function plantDriver(run: string, epoch: number, differs: Partial<DriverRecord>): Promise<void> {
  const record: DriverRecord = { format: 1, epoch, ...thisProcess(), nonce: 'n', since: 0, ...differs }
  await writeOnce(layout.driverRecord(run, epoch), toJsonText(record))
  await replaceFile(layout.driverBeat(run, epoch), '7\n', { sync: 'none' })
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid!
}

test('the first to ask drives, and shows that it lives', async () => {
  const run = await newRun()
  const clock = virtualClock()
  const lease = await acquireDriverLease(run, { clock })
  expect([lease.epoch, await lease.stillDriving()]).toEqual([1, true])
  await clock.sleep(20_000)
  await lease.release()
  expect((await readdir(layout.driversDirectory(run))).sort()).toEqual(['0001.beat', '0001.json'])
})

test('a run whose driver beats is busy, and the error says who drives since when', async () => {
  const run = await newRun()
  const other = { host: 'node17', pid: 4242, since: Date.UTC(2026, 0, 2) }
  await plantDriver(run, 1, other)
  const clock = virtualClock(now => replaceFile(layout.driverBeat(run, 1), `${now}\n`, { sync: 'none' }))
  await expect(acquireDriverLease(run, { clock })).rejects.toMatchObject({
    code: 'CHORALE_RUN_BUSY',
    message: expect.stringContaining('process 4242 on node17 since 2026-01-02T00:00:00.000Z') as string,
    details: { fix: expect.stringContaining('--take-over') as string },
  })
})

test('a driver that was killed on this host is replaced at once, and remains on record', async () => {
  const run = await newRun()
  await plantDriver(run, 1, { pid: await deadPid() })
  const clock = virtualClock()
  const lease = await acquireDriverLease(run, { clock })
  expect([lease.epoch, clock.now]).toEqual([2, 0])
  expect(JSON.parse(await readFile(layout.driverRecord(run, 1), 'utf8'))).toMatchObject({ epoch: 1, nonce: 'n' })
  await lease.release()
})

test.each([
  ['on another host', { host: 'node17' }],
  ['before a reboot', { bootId: 'another-boot' }],
  ['in another container', { pidNamespace: 'pid:[1]' }],
])('a driver %s with a dead pid is replaced only after its beat stood still for 60 s', async (_where, differs) => {
  const run = await newRun()
  await plantDriver(run, 1, { ...differs, pid: await deadPid() })
  const clock = virtualClock()
  const waitedFor: number[] = []
  const lease = await acquireDriverLease(run, { clock, onWait: ({ epoch }) => waitedFor.push(epoch) })
  expect([lease.epoch, clock.now, waitedFor]).toEqual([2, 60_000, [1]])
  await lease.release()
})

test('a beat after 59 s is a sign of life', async () => {
  const run = await newRun()
  await plantDriver(run, 1, { host: 'node17' })
  const clock = virtualClock(async now => {
    if (now === 59_000) await replaceFile(layout.driverBeat(run, 1), '8\n', { sync: 'none' })
  })
  await expect(acquireDriverLease(run, { clock })).rejects.toMatchObject({ code: 'CHORALE_RUN_BUSY' })
})

test('a forced take-over makes the living driver a reader', async () => {
  const run = await newRun()
  const first = await acquireDriverLease(run, { clock: virtualClock() })
  const second = await acquireDriverLease(run, { clock: virtualClock(), takeOver: 'force' })
  expect([await first.stillDriving(), await second.stillDriving()]).toEqual([false, true])
  await second.release()
  await first.release()
})

test('a driver that let go need not be waited for', async () => {
  const run = await newRun()
  const first = await acquireDriverLease(run, { clock: virtualClock() })
  await first.release()
  await first.release()
  expect(await first.stillDriving()).toBe(false)
  const clock = virtualClock()
  const lease = await acquireDriverLease(run, { clock })
  expect([lease.epoch, clock.now]).toEqual([2, 0])
})

test('of ten that ask at once for a dead driver’s run exactly one drives', async () => {
  const run = await newRun()
  await plantDriver(run, 1, { pid: await deadPid() })
  const asked = await Promise.allSettled(
    Array.from({ length: 10 }, () => {
      const clock = virtualClock(() => new Promise(resolve => setTimeout(resolve, 1)))
      return acquireDriverLease(run, { clock, signal: AbortSignal.timeout(500) })
    }),
  )
  const leases = asked.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const driving = await Promise.all(leases.map(lease => lease.stillDriving()))
  expect(driving.filter(Boolean)).toHaveLength(1)
  for (const outcome of asked) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'CHORALE_RUN_BUSY' })
  }
})

test('a driver record of a newer version is not overruled', async () => {
  const run = await newRun()
  await writeFile(layout.driverRecord(run, 1), '{"format":2}')
  await expect(acquireDriverLease(run, { clock: virtualClock() })).rejects.toMatchObject({ code: 'CHORALE_RUN_FORMAT' })
})
