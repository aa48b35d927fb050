/** What an error says beyond its message. Each line is shown only where it is known. */
export interface ErrorDetails {
  /** Which setting, flag or call asked for it: `chorale.config.ts: backend.name`. */
  readonly askedBy?: string
  /** Where it was looked for. */
  readonly lookedIn?: string
  /** What exists instead, nearest first. */
  readonly available?: readonly string[]
  /** The way out, as a command or a setting. */
  readonly fix?: string
  readonly cause?: unknown
}

/**
 * An error for the user: a stable code (docs/errors.md lists all), what happened, and the way out. Plugins throw it too, with codes of their own.
 * Recognised by `isChoraleError`, never by `instanceof`: there may be two copies of this package.
 */
export class ChoraleError extends Error {
  override readonly name = 'ChoraleError'
  constructor(
    readonly code: `CHORALE_${string}`,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
  }
}

/** By its shape: also an error of another copy of this package, or one that a plugin without imports made. */
export const isChoraleError = (error: unknown): error is ChoraleError =>
  error instanceof Error && error.name === 'ChoraleError' && typeof (error as Partial<ChoraleError>).code === 'string'
