import { describe, expect, test } from 'vitest'

import { systemClock } from '../src/clock.js'

describe('the system clock', () => {
  test('sleeps at least as long as asked, by a clock that does not go back', async () => {
    const before = systemClock.monotonic()
    await systemClock.sleep(20)
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(19)
  })

  test('wakes at once when the signal aborts, or has aborted', async () => {
    const abort = new AbortController()
    const asleep = systemClock.sleep(60_000, abort.signal)
    abort.abort()
    await asleep
    await systemClock.sleep(60_000, abort.signal)
  })

  test('ticks until disposed', async () => {
    let ticks = 0
    const watch = systemClock.every(2, () => ticks++)
    await systemClock.sleep(40)
    watch[Symbol.dispose]()
    const then = ticks
    expect(then).toBeGreaterThan(1)
    await systemClock.sleep(20)
    expect(ticks).toBe(then)
  })

  test('shows the time of day in milliseconds since 1970', () => {
    expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(1000)
  })
})
