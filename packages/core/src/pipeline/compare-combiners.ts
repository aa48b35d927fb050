import { isChoraleError, type ChoraleError } from '../contracts/index.js'
import type { RunOutcome } from './carry-out-run.js'
import type { RunResult } from './finish.js'
import type { Halted } from './halt.js'

/** What a combiner of a comparison made of a run, or why it could not. */
export interface ComparedCombiner {
  readonly name: string
  readonly result: RunResult | ChoraleError
}

/** How a comparison ended. */
export type ComparisonOutcome =
  { readonly status: 'completed'; readonly path: string; readonly combiners: readonly ComparedCombiner[] } | Halted

/** Combines a run by one combiner after another. One that cannot is part of the outcome; the first error is thrown where none can. */
export async function compareCombiners(
  path: string,
  names: readonly string[],
  combine: (name: string) => Promise<RunOutcome>,
  signal: AbortSignal,
): Promise<ComparisonOutcome> {
  const combiners: ComparedCombiner[] = []
  for (const name of names) {
    try {
      const outcome = await combine(name)
      if (outcome.status === 'stopped') return outcome
      combiners.push({ name, result: outcome })
    } catch (error) {
      if (!isChoraleError(error) || signal.aborted) throw error
      combiners.push({ name, result: error })
    }
  }
  const failures = combiners.map(({ result }) => result).filter(isChoraleError)
  if (failures.length === combiners.length && failures[0]) throw failures[0]
  return { status: 'completed', path, combiners }
}
