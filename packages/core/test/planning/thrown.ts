import { isChoraleError, type ChoraleError } from '../../src/contracts/index.js'

/** The error of ours that this throws; undefined where it throws nothing. */
export function thrown(act: () => unknown): ChoraleError | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (isChoraleError(error)) return error
    throw error
  }
}
