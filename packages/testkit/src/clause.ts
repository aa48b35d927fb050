import { messageOf, within, type Check, type Scope } from './check.js'
import type { CheckOutcome } from './report.js'

/**
 * One promise of a contract, ready to be tried: any test runner can loop over a list of them.
 *
 * ```js
 * for (const { name, skip, run } of combinerContract(mine)) test(name, { skip }, run) // node:test
 * for (const { name, skip, run } of combinerContract(mine)) it.skipIf(skip)(name, run) // vitest
 * ```
 */
export interface Clause {
  readonly name: string
  /** What the subject must declare for the clause to apply, in words: `sameProcess: true`. Empty for most. */
  readonly requires: readonly string[]
  /** False where the clause applies; otherwise what the subject declares instead. Nothing else ever skips a clause. */
  readonly skip: string | false
  /** When it is broken, the clauses after it cannot be tried. */
  readonly prerequisite: boolean
  /**
   * Resolves when the promise is kept; rejects with an error whose message says what is wrong. Clauses may run beside each other; those of one contract share
   * what several of them look at.
   */
  readonly run: () => Promise<void>
}

const SECONDS_TO_UNDO = 10

/** Does work and then undoes what it has registered, last first, however it ended. */
export async function inScope<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const undoing: (() => unknown)[] = []
  const controller = new AbortController()
  try {
    return await work({ defer: undo => void undoing.push(undo), signal: controller.signal })
  } finally {
    controller.abort('stop')
    // What a broken subject does while it is taken down is no news about the clause.
    for (const undo of undoing.reverse()) await within(SECONDS_TO_UNDO, 'taking down', Promise.resolve().then(undo)).catch(() => undefined)
  }
}

const attempt = <S>({ run }: Check<S>, subject: S, seconds: number): Promise<void> =>
  inScope(async scope => {
    await within(
      seconds,
      'the clause',
      Promise.resolve().then(() => run(subject, scope)),
    )
  })

/** Evidence that several checks of one subject look at: it is made once, for the first that asks. */
export function shared<S extends object, T>(make: (subject: S, scope: Scope) => Promise<T>): (subject: S) => Promise<T> {
  const made = new WeakMap<S, Promise<T>>()
  return subject => {
    const known = made.get(subject)
    if (known) return known
    const fresh = inScope(scope => make(subject, scope))
    made.set(subject, fresh)
    return fresh
  }
}

/** The clauses of a contract for one subject; each may take `seconds`. */
export const clausesOf = <S>(checks: readonly Check<S>[], subject: S, seconds: number): readonly Clause[] =>
  checks.map(check => {
    const { name, requires = [], prerequisite = false } = check
    const unmet = requires.map(requirement => requirement.unmet(subject)).filter(reason => reason !== undefined)
    return {
      name,
      requires: requires.map(({ needs }) => needs),
      skip: unmet.length > 0 && unmet.join(', '),
      prerequisite,
      run: () => attempt(check, subject, seconds),
    }
  })

/** Tries clauses one after another. Never rejects: what is thrown is a broken clause. */
export async function tryClauses(clauses: readonly Clause[]): Promise<readonly CheckOutcome[]> {
  const outcomes: CheckOutcome[] = []
  for (const clause of clauses) {
    const outcome = await outcomeOf(clause)
    outcomes.push(outcome)
    if (clause.prerequisite && outcome.status === 'failed') break
  }
  return outcomes
}

async function outcomeOf({ name, skip, run }: Clause): Promise<CheckOutcome> {
  if (skip !== false) return { name, status: 'skipped', message: skip }
  try {
    await run()
    return { name, status: 'passed' }
  } catch (error) {
    return { name, status: 'failed', message: messageOf(error) }
  }
}
