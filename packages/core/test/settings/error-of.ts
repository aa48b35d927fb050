import { isChoraleError, type ChoraleError } from '../../src/contracts/index.js'

/** The error that a call throws; fails when it throws none, or another kind. */
export function errorOf(run: () => unknown): ChoraleError {
  try {
    run()
  } catch (error) {
    if (isChoraleError(error)) return error
    throw error
  }
  throw new Error('no error was thrown')
}

/** The error that a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<ChoraleError> {
  const error = await promise.then(
    () => new Error('no error was thrown'),
    (reason: unknown) => reason,
  )
  if (isChoraleError(error)) return error
  throw error
}
