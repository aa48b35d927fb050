import type { ReadStream } from 'node:tty'

import type { Decision } from './interrupts.js'

/** What a key means; others are not listened to. */
const KEYS: Readonly<Record<string, Decision>> = {
  c: 'cancel',
  d: 'detach',
  '\r': 'continue',
  '\n': 'continue',
  '\u001b': 'continue',
}
const CTRL_C = '\u0003'

export const QUESTION =
  'The tasks go on without this command. c: cancel them, d: detach (they go on), Enter: continue here. Without an answer: detach in'

export interface AskRequest {
  readonly terminal: Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>
  readonly seconds: number
  /** Says something to whoever sits there. */
  readonly note: (line: string) => void
  /** Ctrl-C again, which a terminal without line editing gives as a key. */
  readonly onSecond: () => void
}

/** Asks what to do with tasks that outlive this process, by a single key: a line would be lost in a view that is redrawn. Without an answer, or a terminal, they go on. */
export function askWhatToDo({ terminal, seconds, note, onSecond }: AskRequest): Promise<Decision> {
  note(`${QUESTION} ${seconds} s.`)
  return new Promise(resolve => {
    const decide = (decision: Decision): void => {
      clearTimeout(timer)
      terminal.off('data', onKeys)
      terminal.off('end', onGone)
      terminal.off('error', onGone)
      try {
        terminal.setRawMode(false)
      } catch {
        // The terminal is gone.
      }
      terminal.pause()
      note(SAID[decision])
      resolve(decision)
    }
    const onGone = (): void => decide('detach')
    const onKeys = (keys: Buffer): void => {
      for (const key of keys.toString()) {
        if (key === CTRL_C) return onSecond()
        const decision = KEYS[key.toLowerCase()]
        if (decision !== undefined) return decide(decision)
      }
    }
    const timer = setTimeout(onGone, seconds * 1000)
    terminal.on('data', onKeys)
    terminal.on('end', onGone)
    terminal.on('error', onGone)
    try {
      terminal.setRawMode(true)
      terminal.resume()
    } catch {
      onGone()
    }
  })
}

const SAID: Readonly<Record<Decision, string>> = {
  cancel: 'cancelling the tasks (Ctrl-C once more: at once, without waiting for them)',
  detach: 'detaching; the tasks go on',
  stop: 'stopping',
  continue: 'going on',
}
