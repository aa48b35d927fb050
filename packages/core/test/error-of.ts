import { isChoraleError, type ChoraleError } from '../src/contracts/index.js'

/** The coded error that a call throws or a promise is rejected with; fails when there is none, or another kind. */
export async function errorOf(run: () => unknown): Promise<ChoraleError> {
  try {
    await run()
  } catch (error) {
    if (isChoraleError(error)) return error
    throw error
  }
  throw new Error('no error was thrown')
}
