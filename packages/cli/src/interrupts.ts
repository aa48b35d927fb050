import { writeSync } from 'node:fs'
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
type Signal = (typeof SIGNALS)[number]

/** Stop requests from outside: the first ends the run with everything on disk, the second ends the process at once. */
export interface Interrupts extends Disposable {
  readonly signal: AbortSignal
  /** 128 + the number of the signal that came; undefined while none has. */
  exitCode(): number | undefined
}

export function listenForInterrupts(onFirst: (signal: Signal) => void, onSecond: () => void = endAtOnce): Interrupts {
  const controller = new AbortController()
  let received: Signal | undefined
  const onSignal = (signal: Signal): void => {
    if (received !== undefined) {
      // A terminal that goes away is told of twice, by the system and by the shell; nobody presses it.
      if (signal !== 'SIGHUP') onSecond()
      return
    }
    received = signal
    onFirst(signal)
    controller.abort('stop')
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => (received === undefined ? undefined : 128 + constants.signals[received]),
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}

const SHOW_CURSOR = '\u001b[?25h'

/** Nothing is cleaned up: the last checkpoints stay. A live view has hidden the cursor, and nobody else would bring it back. */
function endAtOnce(): void {
  if (process.stderr.isTTY) writeSync(process.stderr.fd, SHOW_CURSOR)
  process.kill(process.pid, 'SIGKILL')
}
