import { isChoraleError, type Diagnosis } from '../contracts/index.js'

/** What was thrown, as a line. */
export function problem(what: string, error: unknown): Diagnosis {
  if (!isChoraleError(error)) return { what, level: 'problem', found: error instanceof Error ? error.message : String(error) }
  const { fix } = error.details
  return { what, level: 'problem', found: `${error.code}: ${error.message}`, ...(fix === undefined ? {} : { change: fix }) }
}
