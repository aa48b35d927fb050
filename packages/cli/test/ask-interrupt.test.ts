import { EventEmitter } from 'node:events'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { askWhatToDo, QUESTION, type AskRequest } from '../src/ask-interrupt.js'

class Terminal extends EventEmitter {
  readonly modes: boolean[] = []
  setRawMode(raw: boolean): this {
    this.modes.push(raw)
    return this
  }
  resume(): this {
    return this
  }
  pause(): this {
    return this
  }
}

const SECONDS = 15

function ask() {
  const terminal = new Terminal()
  const said: string[] = []
  let seconds = 0
  const request = {
    terminal: terminal as unknown as AskRequest['terminal'],
    seconds: SECONDS,
    note: (line: string) => void said.push(line),
    onSecond: () => void seconds++,
  }
  return {
    terminal,
    said,
    ended: () => seconds,
    decision: askWhatToDo(request),
    press: (keys: string) => terminal.emit('data', Buffer.from(keys)),
  }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test.each([
  ['c', 'cancel'],
  ['C', 'cancel'],
  ['d', 'detach'],
  ['\r', 'continue'],
  ['xyd', 'detach'],
])('the key %j means %s, and the terminal is as it was', async (keys, decision) => {
  const asked = ask()
  expect(asked.said[0]).toBe(`${QUESTION} ${SECONDS} s.`)
  asked.press(keys)
  expect(await asked.decision).toBe(decision)
  expect(asked.terminal.modes).toEqual([true, false])
  expect(asked.terminal.listenerCount('data')).toBe(0)
})

test('without an answer the tasks are left alone after 15 s, not before', async () => {
  const asked = ask()
  let decided: string | undefined
  void asked.decision.then(decision => (decided = decision))
  asked.press('q')
  await vi.advanceTimersByTimeAsync(SECONDS * 1000 - 1)
  expect(decided).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  expect(decided).toBe('detach')
})

test('a terminal that goes away leaves them alone too', async () => {
  const asked = ask()
  asked.terminal.emit('end')
  expect(await asked.decision).toBe('detach')
})

test('Ctrl-C as a key is the second one', () => {
  const asked = ask()
  asked.press('\u0003')
  expect(asked.ended()).toBe(1)
})
