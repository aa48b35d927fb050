import type { CheckOutcome } from './report.js'

/** Undone when the check that registered it ends, however it ends: last registered first. */
export interface Scope {
  defer(undo: () => unknown): void
  /** Aborted when the check ends or runs out of time. */
  readonly signal: AbortSignal
}

/** A fact about a subject. It holds when `run` returns; a thrown error's message says what is wrong. */
export interface Check<S> {
  readonly name: string
  /** The capability because of which the fact does not apply, in words. */
  readonly skip?: (subject: S) => string | undefined
  /** When it fails, the checks after it cannot be run, and the report ends here. */
  readonly prerequisite?: boolean
  readonly run: (subject: S, scope: Scope) => unknown
}

/** Throws unless the fact holds. */
export function demand(holds: boolean, otherwise: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof otherwise === 'string' ? otherwise : otherwise())
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Rejects when `promise` has not settled in time. */
export function within<T>(seconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${seconds} s`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

const SECONDS_TO_UNDO = 10

async function attempt<S>(check: Check<S>, subject: S, seconds: number): Promise<CheckOutcome> {
  const undoing: (() => unknown)[] = []
  const controller = new AbortController()
  const scope: Scope = { defer: undo => void undoing.push(undo), signal: controller.signal }
  try {
    await within(seconds, 'the check', Promise.resolve(check.run(subject, scope)))
    return { name: check.name, status: 'passed' }
  } catch (error) {
    return { name: check.name, status: 'failed', message: messageOf(error) }
  } finally {
    controller.abort('stop')
    // What a broken subject does while it is taken down is no news about the check.
    for (const undo of undoing.reverse()) await within(SECONDS_TO_UNDO, 'taking down', Promise.resolve().then(undo)).catch(() => undefined)
  }
}

/** Runs checks one after another, each within `seconds`. Never rejects: what is thrown is a failed check. */
export async function runChecks<S>(checks: readonly Check<S>[], subject: S, seconds: number): Promise<readonly CheckOutcome[]> {
  const outcomes: CheckOutcome[] = []
  for (const check of checks) {
    const reason = check.skip?.(subject)
    const outcome: CheckOutcome =
      reason === undefined ? await attempt(check, subject, seconds) : { name: check.name, status: 'skipped', message: reason }
    outcomes.push(outcome)
    if (check.prerequisite === true && outcome.status === 'failed') break
  }
  return outcomes
}
