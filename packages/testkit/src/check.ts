import { isChoraleError } from '@chorale/core/contracts'

/** Undone when the check that registered it ends, however it ends: last registered first. */
export interface Scope {
  defer(undo: () => unknown): void
  /** Aborted when the check ends or runs out of time. */
  readonly signal: AbortSignal
}

/** Something that a subject must declare for a check to apply to it. */
export interface Requirement<S> {
  /** In words: `sameProcess: true`. */
  readonly needs: string
  /** What it declares instead; undefined where it meets the requirement. */
  readonly unmet: (subject: S) => string | undefined
}

/** A fact about a subject. It holds when `run` returns; a thrown error's message says what is wrong. */
export interface Check<S> {
  readonly name: string
  readonly requires?: readonly Requirement<S>[]
  /** When it fails, the checks after it cannot be run. */
  readonly prerequisite?: boolean
  readonly run: (subject: S, scope: Scope) => unknown
}

/** Throws unless the fact holds. */
export function demand(holds: boolean, otherwise: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof otherwise === 'string' ? otherwise : otherwise())
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** An error with a message and, if it is one of ours, with the way out. */
export const isErrorThatTeaches = (error: unknown): boolean =>
  error instanceof Error && error.message.trim() !== '' && (!isChoraleError(error) || (error.details.fix ?? '') !== '')

/** What a promise rejects with; undefined when it resolves. */
export const rejectionOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error ?? new Error('it rejected without an error'),
  )

/** Rejects when `promise` has not settled in time. */
export function within<T>(seconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${seconds} s`)), seconds * 1000)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

export const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

/** Whether JSON can hold a value, apart from members that are undefined. */
export const isPlain = (value: unknown): boolean => {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isPlain)
  return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain)
}
