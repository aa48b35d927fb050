import { expect, test } from 'vitest'

import { listenForInterrupts } from '../src/interrupts.js'

/** As the system would deliver it, without ending the test. */
const deliver = (signal: NodeJS.Signals): boolean => process.emit(signal, signal)

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s asks for a stop, exit code %i', (signal, code) => {
  const heard: string[] = []
  using interrupts = listenForInterrupts(name => {
    heard.push(name)
    return 'stop'
  })
  expect(interrupts.exitCode()).toBeUndefined()
  deliver(signal)
  expect(heard).toEqual([signal])
  expect(interrupts.signal).toMatchObject({ aborted: true, reason: 'stop' })
  expect(interrupts.exitCode()).toBe(code)
})

test('the second signal ends the process at once, whichever it is; the exit code stays that of the first', () => {
  let ended = 0
  using interrupts = listenForInterrupts(
    () => 'stop',
    () => void ended++,
  )
  deliver('SIGTERM')
  expect(ended).toBe(0)
  deliver('SIGINT')
  expect(ended).toBe(1)
  expect(interrupts.exitCode()).toBe(143)
})

test('a second hangup does not end the process: the system and the shell both tell of a terminal that went away', () => {
  let ended = 0
  using interrupts = listenForInterrupts(
    () => 'stop',
    () => void ended++,
  )
  deliver('SIGHUP')
  deliver('SIGHUP')
  expect(ended).toBe(0)
  expect(interrupts.exitCode()).toBe(129)
  deliver('SIGTERM')
  expect(ended).toBe(1)
})

test('SIGTERM twice within moments is one request: the scheduler sends it to a job, whose shell passes it on', () => {
  let ended = 0
  using interrupts = listenForInterrupts(
    () => 'detach',
    () => void ended++,
  )
  deliver('SIGTERM')
  deliver('SIGTERM')
  expect(ended).toBe(0)
  deliver('SIGINT')
  expect(ended).toBe(1)
  expect(interrupts.exitCode()).toBe(143)
})

test('what is decided later is the reason; a second signal does not wait for it', async () => {
  let ended = 0
  let decide: (decision: 'detach') => void = () => undefined
  using interrupts = listenForInterrupts(
    () => new Promise(resolve => (decide = resolve)),
    () => void ended++,
  )
  deliver('SIGINT')
  expect(interrupts.signal.aborted).toBe(false)
  deliver('SIGINT')
  expect(ended).toBe(1)
  decide('detach')
  await Promise.resolve()
  expect(interrupts.signal).toMatchObject({ aborted: true, reason: 'detach' })
})

test('a decision to go on is as if nothing had come', async () => {
  let asked = 0
  using interrupts = listenForInterrupts(() => Promise.resolve((asked++, 'continue' as const)))
  for (const times of [1, 2]) {
    deliver('SIGINT')
    expect(interrupts.exitCode()).toBe(130)
    await new Promise(resolve => setImmediate(resolve))
    expect([asked, interrupts.exitCode(), interrupts.signal.aborted]).toEqual([times, undefined, false])
  }
})

test('afterwards nobody listens any more', () => {
  const before = process.listenerCount('SIGINT')
  listenForInterrupts(() => 'stop')[Symbol.dispose]()
  expect(process.listenerCount('SIGINT')).toBe(before)
})
