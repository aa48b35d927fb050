import { mcseMean, mcseSd } from '@chorale/diagnostics'

import type { ScalarChains } from './chains.js'
import type { Score } from './moment-scores.js'

/** Differences of mean and standard deviation from the true ones, in Monte Carlo standard errors. */
export function exactScores(
  name: string,
  chains: ScalarChains,
  { mean, sd }: { readonly mean: number; readonly sd: number },
): readonly Score[] {
  const draws = Float64Array.from(chains.flatMap(chain => [...chain]))
  const centre = draws.reduce((sum, x) => sum + x, 0) / draws.length
  const spread = Math.sqrt(draws.reduce((sum, x) => sum + (x - centre) * (x - centre), 0) / (draws.length - 1))
  return [
    { name, statistic: 'mean', z: (centre - mean) / mcseMean(chains) },
    { name, statistic: 'sd', z: (spread - sd) / mcseSd(chains) },
  ]
}
