import type { Clock } from '../clock.js'
import { isChoraleError } from '../contracts/index.js'
import { RunStopped } from '../execution/shard-results.js'
import { isRunCancelled, type DriverLease } from '../run-directory/index.js'

/** What a run is given up for: to be gone on with (`stop`), with its tasks left where they are (`detach`), or with its tasks ended too (`cancel`). */
export type HaltReason = 'stop' | 'detach' | 'cancel'

/** A run that was given up before its end. */
export interface Halted {
  readonly status: 'stopped'
  readonly path: string
  readonly how: HaltReason
  /** Ids of the tasks that are still alive although their end was asked for. */
  readonly alive: readonly string[]
}

/** What ends a run from outside of it. */
export interface HaltRequest {
  readonly path: string
  readonly lease: Pick<DriverLease, 'stillDriving'>
  readonly clock: Clock
  /** The caller's. */
  readonly signal: AbortSignal
  /** Seconds that the run may take; undefined: without limit. */
  readonly seconds: number | undefined
  /** Whether a request to cancel the run ends it. */
  readonly listensToCancel: boolean
}

export interface HaltSignal extends Disposable {
  readonly signal: AbortSignal
  /** Another process drives the run now. */
  hasLostLease(): boolean
  /** Somebody has asked for the end of the run. */
  isCancelled(): boolean
}

const LOOK_MS = 1_000

/**
 * A signal that also aborts when the run has used up its time (`stop`), when any client asks for its end (`cancel`), and when another process has taken over
 * (`detach`): looked at every second, as an hour may pass between two events of a queue.
 */
export function haltSignal({ path, lease, clock, signal, seconds, listensToCancel }: HaltRequest): HaltSignal {
  const own = new AbortController()
  let lost = false
  let looking = false
  const isCancelled = (): boolean => listensToCancel && isRunCancelled(path)
  const look = async (): Promise<void> => {
    if (isCancelled()) return own.abort('cancel')
    if (await lease.stillDriving()) return
    lost = true
    own.abort('detach')
  }
  const watch = clock.every(LOOK_MS, () => {
    if (looking || own.signal.aborted) return
    looking = true
    // A folder that cannot be listed just now says nothing.
    void look()
      .catch(() => undefined)
      .finally(() => (looking = false))
  })
  const timer = seconds === undefined ? undefined : setTimeout(() => own.abort('stop'), seconds * 1000)
  return {
    signal: AbortSignal.any([signal, own.signal]),
    hasLostLease: () => lost,
    isCancelled,
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]()
      clearTimeout(timer)
    },
  }
}

/** What a halt ends in: chains that are not finished, an evaluation without all of its answers, or the signal's own reason, thrown by code that looked at it. */
export const isHalt = (error: unknown, signal: AbortSignal): boolean =>
  error instanceof RunStopped ||
  (signal.aborted && (error === signal.reason || (isChoraleError(error) && error.code === 'CHORALE_EVALUATION_INCOMPLETE')))

export const haltReason = ({ aborted, reason }: AbortSignal): HaltReason =>
  aborted && (reason === 'detach' || reason === 'cancel') ? reason : 'stop'
