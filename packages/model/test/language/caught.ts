import { isChoraleError, type ChoraleError } from '@chorale/core/contracts'

/** The error that a user would see. */
export function caught(run: () => unknown): ChoraleError {
  try {
    run()
  } catch (error) {
    if (isChoraleError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
