import { expect, test } from 'vitest'

import { Attendance, closeMeeting, Coordination, failMeeting, failureOfMeeting, meetingMemory } from '../src/meeting-point.js'

const lost = (message: string) => ({ cause: 'lost', code: 'CHORALE_TASK_LOST', message, retryable: true }) as const

/** A coordinator and one more device on this thread, which take turns: nobody has to wait. `looks`: how often the coordinator found that it had to. */
function pair(sums: number) {
  const memory = meetingMemory(2)
  const looks: number[] = []
  const coordination = new Coordination(memory, 2, sums, waited => {
    looks.push(waited)
    const failure = failureOfMeeting(memory)
    if (failure) throw new Error(failure.message)
    if (looks.length > 3) throw new Error('still waiting')
  })
  return { memory, looks, coordination, other: new Attendance(memory, 1, sums) }
}

test('evaluations go on as the other device arrives at each of their sums', () => {
  const { coordination, other, looks } = pair(2)
  other.ready()
  coordination.ready()
  for (let evaluation = 0; evaluation < 5; evaluation++) {
    coordination.begin()
    expect(other.next()).toBe(true)
    for (let sum = 0; sum < 2; sum++) {
      other.arrive()
      coordination.meet()
    }
  }
  expect(looks).toEqual([])
})

test('a device that has not arrived is waited for, with a look around now and then', () => {
  const { coordination, other, looks } = pair(2)
  coordination.begin()
  other.next()
  other.arrive()
  coordination.meet()
  expect(() => coordination.meet()).toThrow('still waiting')
  expect(looks).toHaveLength(4)
})

test('an evaluation that the coordinator gave up does not count for the next one', () => {
  const { coordination, other } = pair(1)
  coordination.begin()
  expect(other.next()).toBe(true)
  coordination.begin()
  other.arrive()
  expect(() => coordination.meet()).toThrow('still waiting')
  coordination.begin()
  expect(other.next()).toBe(true)
  other.arrive()
  coordination.meet()
})

test('the first failure is the one that is heard, and it ends the meeting for all', () => {
  const { memory, coordination, other } = pair(1)
  coordination.begin()
  failMeeting(memory, lost('the first'))
  failMeeting(memory, lost('the second'))
  expect(failureOfMeeting(memory)).toEqual(lost('the first'))
  expect(() => coordination.meet()).toThrow('the first')
  expect(other.next()).toBe(false)
})

test('a message of any length and any letters gets through, cut off where it is long', () => {
  const { memory } = pair(1)
  const letters = '\u0001\u{1F600}'
  failMeeting(memory, lost(letters.repeat(10_000)))
  expect(failureOfMeeting(memory)?.message.startsWith(letters)).toBe(true)
})

test('a meeting that is closed lets the others go, and is no failure', () => {
  const { memory, other } = pair(1)
  closeMeeting(memory)
  expect(other.next()).toBe(false)
  expect(failureOfMeeting(memory)).toBeUndefined()
  failMeeting(memory, lost('too late'))
  expect(failureOfMeeting(memory)).toBeUndefined()
})
