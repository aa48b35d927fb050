import { writeSync } from 'node:fs'
import { constants } from 'node:os'

import type { HaltReason } from '@chorale/core'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type Signal = (typeof SIGNALS)[number]

/** What a signal leads to. */
export type Decision = HaltReason | 'continue'

/** Requests from outside: the first ends the work with everything on disk, or asks what to do; the second ends the process at once. */
export interface Interrupts extends Disposable {
  /** Aborted with the reason that was decided. */
  readonly signal: AbortSignal
  /** 128 + the number of the signal that came; undefined while none has, or when it was decided to go on. */
  exitCode(): number | undefined
  /** A key press that means as much as a signal. */
  second(): void
}

/** A scheduler sends SIGTERM to all processes of a job, and the job's shell passes it on: both are one request. */
const ECHO_MS = 2_000

export function listenForInterrupts(
  onFirst: (signal: Signal) => Decision | Promise<Decision>,
  onSecond: (signal: Signal) => void = endAtOnce,
): Interrupts {
  const controller = new AbortController()
  let received: Signal | undefined
  let receivedAt = 0
  const isEcho = (signal: Signal): boolean => signal === 'SIGTERM' && received === signal && performance.now() - receivedAt < ECHO_MS
  const carryOut = (decision: Decision): void => {
    if (decision === 'continue') received = undefined
    else controller.abort(decision)
  }
  const onSignal = (signal: Signal): void => {
    if (received !== undefined) {
      // A terminal that goes away is told of twice, by the system and by the shell; nobody presses it.
      if (signal !== 'SIGHUP' && !isEcho(signal)) onSecond(received)
      return
    }
    received = signal
    receivedAt = performance.now()
    const decision = onFirst(signal)
    if (typeof decision === 'string') carryOut(decision)
    else void decision.then(carryOut, () => carryOut('stop'))
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => (received === undefined ? undefined : exitCodeOfSignal(received)),
    second: () => onSecond(received ?? 'SIGINT'),
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}

export const exitCodeOfSignal = (signal: Signal): number => 128 + constants.signals[signal]

const SHOW_CURSOR = '\u001b[?25h'

/** A live view has hidden the cursor, and nobody else would bring it back. */
export function showCursor(): void {
  if (process.stderr.isTTY) writeSync(process.stderr.fd, SHOW_CURSOR)
}

/** Nothing is cleaned up: the last checkpoints stay. */
export function endAtOnce(): void {
  showCursor()
  process.kill(process.pid, 'SIGKILL')
}
