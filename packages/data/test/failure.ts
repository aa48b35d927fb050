import { isChoraleError, type ChoraleError } from '@chorale/core/contracts'

/** The error for the user that an action ends with; any other outcome fails the test. */
export async function failureOf(action: Promise<unknown> | (() => unknown)): Promise<ChoraleError> {
  try {
    await (typeof action === 'function' ? action() : action)
  } catch (error) {
    if (isChoraleError(error)) return error
    throw error
  }
  throw new Error('it should have failed')
}
