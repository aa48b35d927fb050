import type { Key } from '@chorale/random'
import { keyFor } from '../chain/chain-keys.js'
import { climb, type Climb } from './climb.js'
import type { Probe } from './probe.js'

/** The best of several climbs. */
export interface Mode {
  readonly climb: Climb
  /** How many climbs converged to this log density. */
  readonly found: number
  /** Iterations of all climbs. */
  readonly iterations: number
}

/** Log densities within this of each other, in nats, are of the same mode. */
const SAME = 0.01

/**
 * Climbs from `starts` starts to the highest mode. Climbs that converged go before those that did not. `startOf` gives the start of a climb, of finite
 * density. `key` belongs to the chain.
 */
export async function findMode(
  probe: Probe,
  startOf: (pathKey: Key) => Promise<Float64Array>,
  key: Key,
  { starts, maxIterations }: { readonly starts: number; readonly maxIterations: number },
): Promise<Mode> {
  const climbs: Climb[] = []
  for (let k = 0; k < starts; k++) climbs.push(await climb(probe, await startOf(keyFor(key, 'path', k)), { maxIterations }))
  const converged = climbs.filter(({ end }) => end === 'converged')
  const best = (converged.length > 0 ? converged : climbs).reduce((a, b) => (b.logDensity > a.logDensity ? b : a))
  const found = converged.filter(({ logDensity }) => best.logDensity - logDensity <= SAME).length
  return { climb: best, found, iterations: climbs.reduce((sum, { iterations }) => sum + iterations, 0) }
}

/** Why a climb found no mode, in words. */
export const REASONS: Readonly<Record<Exclude<Climb['end'], 'converged'>, string>> = {
  limit: 'the limit of iterations was reached',
  unbounded: 'the density has no upper bound',
  stuck: 'no step leads to a higher density, though the gradient is not zero: the density explodes, or its gradient is not its own',
}
