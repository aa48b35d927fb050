import { createStream, type Key } from '@chorale/random'

import type { Clock } from '../clock.js'
import type { BoundModel, Powers } from '../contracts/index.js'

/** Evaluations go on for so long, and at least this often: the first ones are slow, before they are compiled. */
const LONGEST_MS = 20
const FEWEST = 2
const MOST = 1000
/** Points tried before giving up on finding one where the density is finite. */
const TRIES = 5

/**
 * Seconds that one log density with its gradient takes here: the least of those that fit into 20 ms, for display only. Undefined where no density is finite
 * near zero, or the model throws: what that means is for the sampler to say.
 */
export function timeGradient(
  bound: BoundModel,
  powers: Powers,
  { key, clock }: { readonly key: Key; readonly clock: Pick<Clock, 'monotonic'> },
): number | undefined {
  const allocate = (): Float64Array => bound.allocate?.(bound.dimension) ?? new Float64Array(bound.dimension)
  const position = allocate()
  const gradient = allocate()
  const stream = createStream(key)
  const began = clock.monotonic()
  let least = Infinity
  let [tries, evaluations] = [0, 0]
  try {
    for (let now = began; evaluations < FEWEST || (evaluations < MOST && now - began < LONGEST_MS);) {
      if (evaluations === 0) for (let i = 0; i < position.length; i++) position[i] = stream.uniform() - 0.5
      const density = bound.logDensityInto(gradient, position, powers)
      const after = clock.monotonic()
      if (Number.isFinite(density)) {
        evaluations++
        least = Math.min(least, after - now)
      } else if (++tries === TRIES || evaluations > 0) return undefined
      now = after
    }
  } catch {
    return undefined
  }
  return least / 1000
}
