import { logSumExp, psis } from '@chorale/diagnostics'
import { createStream, permutation, split, type Key } from '@chorale/random'
import type { PathfinderDraws } from './pathfinder.js'

/** Candidates chosen by their Pareto-smoothed importance weights. */
export interface Resample {
  /** Indices of candidates, in random order; one may come more than once. */
  readonly chosen: Uint32Array
  /** Tail shape of the weights: above 0.7 the draws cannot be believed to be those of the target. */
  readonly paretoK: number
}

/**
 * Chooses `count` candidates with replacement, in proportion to their smoothed weights, by systematic resampling in random order. Undefined where no candidate
 * has a density that is finite and positive. The density at a candidate of infinite density counts as none.
 *
 * Sources: Vehtari et al. (2024), JMLR 25:72; Kitagawa (1996).
 */
export function resample({ candidates, logMixture }: PathfinderDraws, count: number, key: Key): Resample | undefined {
  const logRatios = Float64Array.from(candidates, ({ logDensity }, i) => (logDensity < Infinity ? logDensity - logMixture[i] : -Infinity))
  const largest = logRatios.reduce((most, value) => Math.max(most, value), -Infinity)
  if (!Number.isFinite(largest)) return undefined
  const { logWeights, paretoK } = psis(logRatios.map(value => value - largest))
  const total = logSumExp(logWeights)
  const [offsetKey, orderKey] = split(key)
  const offset = createStream(offsetKey).uniform()
  const systematic = new Uint32Array(count)
  let reached = 0
  let at = -1
  for (let n = 0; n < count; n++) {
    const wanted = (n + offset) / count
    while (reached < wanted && at + 1 < logWeights.length) reached += Math.exp(logWeights[++at] - total)
    systematic[n] = at
  }
  return { chosen: permutation(count, orderKey).map(n => systematic[n]), paretoK }
}
