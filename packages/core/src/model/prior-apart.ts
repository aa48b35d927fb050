import { foldIn, prngKey } from '@chorale/random'

import type { BoundModel, Key } from '../contracts/index.js'
import type { FixedCoordinates } from './fixed-coordinates.js'

/** Draws of the prior at which gradients are compared. */
const DRAWS = 8
/** Difference of gradients, relative to their size, that rounding may make. */
const TOLERANCE = 1e-8

const ONLY_PRIOR = { prior: 1, likelihood: 0, jacobian: 0 }

/**
 * Whether the log prior is a sum of one function of the free coordinates and one of the fixed ones: then its gradient in the free ones is the same with the fixed ones at
 * their values and anywhere else. Compared at draws of the whole prior; what is not finite counts as no.
 */
export function isPriorApart(
  inner: BoundModel,
  { position, free }: Pick<FixedCoordinates, 'position' | 'free'>,
  samplePriorInto: (position: Float64Array, key: Key) => void,
): boolean {
  const allocate = (): Float64Array => inner.allocate?.(inner.dimension) ?? new Float64Array(inner.dimension)
  const [drawn, held, there, here] = [allocate(), allocate(), allocate(), allocate()]
  for (let draw = 0; draw < DRAWS; draw++) {
    samplePriorInto(drawn, foldIn(prngKey(0), draw))
    held.set(position)
    for (const i of free) held[i] = drawn[i]!
    inner.logDensityInto(there, drawn, ONLY_PRIOR)
    inner.logDensityInto(here, held, ONLY_PRIOR)
    // Written so that a number that is none says no.
    for (const i of free) if (!(Math.abs(there[i]! - here[i]!) <= TOLERANCE * Math.max(1, Math.abs(there[i]!)))) return false
  }
  return true
}
