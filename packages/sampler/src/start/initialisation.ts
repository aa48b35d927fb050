import type { Key } from '@chorale/random'
import { TaskError } from '@chorale/core/contracts'
import { keyFor } from '../chain/chain-keys.js'
import type { Pacer } from '../engine/pacer.js'
import type { StartProposal } from './start-proposal.js'
import type { Target } from '../engine/target.js'

/** Tries before a random start is given up, as in Stan. */
export const MAX_TRIES = 100

/** Why a position cannot be a start; null when it can. */
function refusal(target: Target, position: Float64Array, gradient: Float64Array, nameOf: (coordinate: number) => string): string | null {
  const outside = position.findIndex(x => !Number.isFinite(x))
  if (outside >= 0) return `the start of ${nameOf(outside)} is ${position[outside]} on the unconstrained scale`
  const logDensity = target.logDensityInto(gradient, position)
  if (!Number.isFinite(logDensity)) return `the log density is ${logDensity}`
  const bad = gradient.findIndex(g => !Number.isFinite(g))
  if (bad < 0) return null
  return `the gradient with respect to ${nameOf(bad)} is ${gradient[bad]}, though the log density is finite`
}

function giveUp(refusals: ReadonlyMap<string, number>, tries: number): TaskError {
  const reasons = [...refusals].map(([reason, times]) => `  ${times} of ${tries}: ${reason}`)
  const shown = reasons.slice(0, 5)
  if (reasons.length > shown.length) shown.push(`  and ${reasons.length - shown.length} more`)
  const message =
    `No start with a finite log density and a finite gradient was found in ${tries} ${tries === 1 ? 'try' : 'tries'}.\n${shown.join('\n')}\n` +
    `  fix            check the data for missing values and the supports of the parameters; then try a smaller initRadius, or\n` +
    `                 initStrategy: "init_to_value" with initialValues of plausible size`
  return new TaskError({ cause: 'start', code: 'CHORALE_MODEL_START', message, retryable: false })
}

/**
 * A start of finite density and gradient, in up to `MAX_TRIES` tries when starts are random.
 *
 * `nameOf` names a coordinate in messages. Errors: `TaskError` CHORALE_MODEL_START with the parameter at fault.
 */
export async function findStart(
  target: Target,
  proposal: StartProposal,
  nameOf: (coordinate: number) => string,
  key: Key,
  pacer: Pacer,
): Promise<Float64Array> {
  const position = target.allocate(target.dimension)
  const gradient = target.allocate(target.dimension)
  const tries = proposal.isRandom ? MAX_TRIES : 1
  const refusals = new Map<string, number>()
  for (let attempt = 0; attempt < tries; attempt++) {
    proposal.proposeInto(position, keyFor(key, 'start', attempt))
    const reason = refusal(target, position, gradient, nameOf)
    if (pacer.afterLeapfrog()) await pacer.breathe()
    if (reason === null) return position
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1)
  }
  throw giveUp(refusals, tries)
}
