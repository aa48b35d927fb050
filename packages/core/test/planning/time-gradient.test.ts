import { prngKey } from '@chorale/random'
import { expect, test } from 'vitest'

import type { BoundModel } from '../../src/contracts/index.js'
import { timeGradient } from '../../src/planning/time-gradient.js'

const POWERS = { prior: 1, jacobian: 1, likelihood: 1 }

/** A clock that only goes on while a density is evaluated. */
function timed(logDensity: (call: number) => { readonly value: number; readonly milliseconds: number }) {
  let now = 0
  let calls = 0
  const bound = {
    dimension: 2,
    logDensityInto: () => {
      const { value, milliseconds } = logDensity(calls++)
      now += milliseconds
      return value
    },
  } as unknown as BoundModel
  return { seconds: timeGradient(bound, POWERS, { key: prngKey(1), clock: { monotonic: () => now } }), calls: () => calls }
}

test('the first evaluations, before the code is compiled, do not count', () => {
  expect(timed(call => ({ value: -1, milliseconds: call === 0 ? 8 : 2 })).seconds).toBe(0.002)
})

test('a slow one is evaluated twice, a quick one for 20 ms', () => {
  expect(timed(() => ({ value: -1, milliseconds: 700 })).calls()).toBe(2)
  expect(timed(() => ({ value: -1, milliseconds: 1 })).calls()).toBe(20)
  expect(timed(() => ({ value: -1, milliseconds: 0 })).calls()).toBe(1000)
})

test('a point outside the support is not timed; where all are, nothing is known', () => {
  expect(timed(call => ({ value: call < 2 ? -Infinity : -1, milliseconds: call < 2 ? 0 : 3 })).seconds).toBe(0.003)
  const none = timed(() => ({ value: NaN, milliseconds: 1 }))
  expect([none.seconds, none.calls()]).toEqual([undefined, 5])
})

test('what the model throws is for the sampler to say', () => {
  const thrown = timed(() => {
    throw new TypeError('no such level')
  })
  expect(thrown.seconds).toBeUndefined()
})
