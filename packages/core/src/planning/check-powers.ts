import { createStream, foldIn, type Key } from '@chorale/random'

import { ChoraleError, type BoundModel, type Powers } from '../contracts/index.js'

const TRIES = 20
/** Agreement asked of sums of log densities, relative to the sum of their absolute values. */
const TOLERANCE = 1e-9

const NONE: Powers = { prior: 0, jacobian: 0, likelihood: 0 }
const ALONE: readonly Powers[] = [
  { ...NONE, prior: 1 },
  { ...NONE, jacobian: 1 },
  { ...NONE, likelihood: 1 },
]
const MIXED: Powers = { prior: 0.25, jacobian: 0.5, likelihood: 1 }

/**
 * Checks that the log density is a constant plus its three parts, each times its power. A model that ignores its powers would count the prior once for
 * every shard. Returns false when no point was found at which all parts are finite.
 */
export function checkPowers(bound: BoundModel, key: Key, module: string): boolean {
  const allocate = (): Float64Array => bound.allocate?.(bound.dimension) ?? new Float64Array(bound.dimension)
  const gradient = allocate()
  const position = allocate()
  const density = (powers: Powers): number => bound.logDensityInto(gradient, position, powers)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const stream = createStream(foldIn(key, attempt))
    for (let i = 0; i < position.length; i++) position[i] = stream.uniform() - 0.5
    const constant = density(NONE)
    // NaN is left to the check of the gradient, which names the parameter.
    if (gradient.some(g => Math.abs(g) > 0)) throw powersError('its gradient is not zero when all powers are zero', module)
    const parts = ALONE.map(powers => density(powers) - constant)
    if (!parts.every(Number.isFinite)) continue
    const found = density(MIXED) - constant
    const expected = MIXED.prior * parts[0]! + MIXED.jacobian * parts[1]! + MIXED.likelihood * parts[2]!
    const size = parts.reduce((total, part) => total + Math.abs(part), Math.abs(constant))
    if (Math.abs(found - expected) <= TOLERANCE * Math.max(1, size)) return true
    throw powersError(`with ${JSON.stringify(MIXED)} it is ${found}, but its parts times these powers add up to ${expected}`, module)
  }
  return false
}

const powersError = (what: string, module: string): ChoraleError =>
  new ChoraleError('CHORALE_MODEL_POWERS', `The log density of the model does not follow its powers: ${what}`, {
    askedBy: `model: ${module}`,
    fix: 'logDensityInto returns powers.prior * log prior + powers.jacobian * log Jacobian + powers.likelihood * log likelihood, and the gradient of that',
  })
