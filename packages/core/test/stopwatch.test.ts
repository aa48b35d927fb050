import { expect, test } from 'vitest'

import { startStopwatch } from '../src/stopwatch.js'

/** A clock that a test moves on. */
function handClock() {
  let now = 5_000_000
  return { monotonic: () => now, pass: (milliseconds: number) => void (now += milliseconds) }
}

test('each part has the seconds between its beginning and the next, also when it is gone through twice', () => {
  const clock = handClock()
  const watch = startStopwatch(clock)
  watch.enter('planning')
  clock.pass(200)
  watch.enter('data')
  clock.pass(1500)
  watch.enter('planning')
  clock.pass(50.4)
  watch.enter('sampling')
  clock.pass(9000)
  expect(watch.timings()).toEqual({ data: 1.5, planning: 0.25, sampling: 9, combination: null, verification: null, total: 10.75 })
})

test('time between parts counts towards the total alone, and asking does not disturb', () => {
  const clock = handClock()
  const watch = startStopwatch(clock)
  clock.pass(1000)
  watch.enter('combination')
  clock.pass(1000)
  watch.timings()
  clock.pass(1000)
  watch.enter()
  clock.pass(4000)
  expect(watch.timings()).toMatchObject({ combination: 2, total: 7 })
})
