import { expect, test } from 'vitest'

import { haltReason, haltSignal, isHalt } from '../../src/pipeline/halt.js'
import { createRunDirectory, requestCancel } from '../../src/run-directory/index.js'
import { temporaryFolder } from '../job/tiny-run.js'
import { VirtualClock } from '../virtual-clock.js'

async function started({ listensToCancel = true } = {}) {
  const { path } = await createRunDirectory(await temporaryFolder(), { wall: 0 })
  const clock = new VirtualClock()
  const lease = { held: true, stillDriving: () => Promise.resolve(lease.held) }
  const caller = new AbortController()
  const halt = haltSignal({ path, lease, clock, signal: caller.signal, seconds: undefined, listensToCancel })
  return { path, clock, lease, caller, halt }
}

test('nothing halts a run that nobody wants to end', async () => {
  const { clock, halt } = await started()
  await clock.advance(60_000)
  expect([halt.signal.aborted, halt.hasLostLease()]).toEqual([false, false])
  halt[Symbol.dispose]()
  expect(clock.pending).toBe(0)
})

test('a request of any client cancels it within a second', async () => {
  const { path, clock, halt } = await started()
  await requestCancel(path, 'all')
  await clock.advance(1_000)
  expect(haltReason(halt.signal)).toBe('cancel')
})

test('a request for some tasks does not, nor one that is no business of this work', async () => {
  const [some, deaf] = [await started(), await started({ listensToCancel: false })]
  await requestCancel(some.path, ['sample-0000-0'])
  await requestCancel(deaf.path, 'all')
  for (const { clock, halt } of [some, deaf]) {
    await clock.advance(5_000)
    expect(halt.signal.aborted).toBe(false)
  }
})

test('a driver that another one has replaced leaves its tasks alone, within a second and without an event', async () => {
  const { clock, lease, halt } = await started()
  lease.held = false
  await clock.advance(1_000)
  expect([haltReason(halt.signal), halt.hasLostLease()]).toEqual(['detach', true])
})

test('the reason of the caller is kept, and what gave up because of it is no failure', async () => {
  const { caller, halt } = await started()
  caller.abort('detach')
  expect(haltReason(halt.signal)).toBe('detach')
  expect(isHalt('detach', halt.signal)).toBe(true)
  expect(isHalt(new Error('the disk is full'), halt.signal)).toBe(false)
})
