import { messageOf } from '../src/check.js'
import type { Clause } from '../src/index.js'

let queue: Promise<unknown> = Promise.resolve()

/** After everything else that was asked to be alone. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const turn = queue.then(work)
  queue = turn.catch(() => undefined)
  return turn
}

/**
 * Names of the clauses that a subject breaks, all tried beside each other but for those called `measured`; up to the first prerequisite that fails. A clause
 * that fails in another way than by an `Error` with a message throws.
 */
export async function brokenBy(clauses: readonly Clause[], measured: readonly string[] = []): Promise<readonly string[]> {
  const outcome = async ({ name, skip, run }: Clause): Promise<boolean> => {
    if (skip !== false) return false
    const failure = await (measured.includes(name) ? alone(run) : run()).then(
      () => undefined,
      (error: unknown) => ({ message: messageOf(error) }),
    )
    if (failure?.message.trim() === '') throw new Error(`the clause "${name}" failed without saying why`)
    return failure !== undefined
  }
  const broken = await Promise.all(clauses.map(outcome))
  const end = clauses.findIndex(({ prerequisite }, i) => prerequisite && broken[i])
  return clauses.filter((_, i) => broken[i] && (end === -1 || i <= end)).map(({ name }) => name)
}
