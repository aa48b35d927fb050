import { essQuantile, essSd, mcseMean, mcseQuantile, mcseSd, quantile, rhat } from '@chorale/diagnostics'

import type { ScalarChains } from './chains.js'

/** What posteriordb's own draws of a scalar say of it. */
export interface ReferenceMoments {
  readonly mean: number
  readonly sd: number
  readonly q05: number
  readonly q50: number
  readonly q95: number
  readonly mcse_mean: number
}

/** Reference draws are thinned until they count as independent, so functions of them other than the mean have as many effective draws. */
const REFERENCE_DRAWS = 10_000

export interface Score {
  readonly name: string
  readonly statistic: string
  readonly z: number
}

/**
 * Differences of mean, standard deviation and 5, 50, 95 % quantiles from the reference, in Monte Carlo standard errors of both sides.
 *
 * The reference's error of the mean is given. Those of the others follow from ours, because both sides draw from one distribution: an error goes with
 * 1 / sqrt(effective draws).
 */
export function momentScores(name: string, chains: ScalarChains, reference: ReferenceMoments): readonly Score[] {
  const draws = pool(chains)
  const atReference = (mcse: number, ess: number): number => mcse * Math.sqrt(ess / REFERENCE_DRAWS)
  const score = (statistic: string, found: number, expected: number, mcse: number, referenceMcse: number): Score => ({
    name,
    statistic,
    z: (found - expected) / Math.sqrt(mcse * mcse + referenceMcse * referenceMcse),
  })
  const quantileScore = (p: number, expected: number): Score => {
    const mcse = mcseQuantile(chains, p)
    return score(`q${p}`, quantile(draws, p), expected, mcse, atReference(mcse, essQuantile(chains, p)))
  }
  const sdError = mcseSd(chains)
  return [
    score('mean', mean(draws), reference.mean, mcseMean(chains), reference.mcse_mean),
    score('sd', sd(draws), reference.sd, sdError, atReference(sdError, essSd(chains))),
    quantileScore(0.05, reference.q05),
    quantileScore(0.5, reference.q50),
    quantileScore(0.95, reference.q95),
  ]
}

export interface Verdict {
  readonly passes: boolean
  readonly largest: Score
  readonly rms: number
}

/** Scores pass if all are below `limit` and their root mean square lies between 0.7 and 1.3. */
export function judge(scores: readonly Score[], limit = 4): Verdict {
  const largest = scores.reduce((worst, score) => (Math.abs(score.z) > Math.abs(worst.z) ? score : worst))
  const rms = Math.sqrt(mean(scores.map(({ z }) => z * z)))
  return { passes: Math.abs(largest.z) < limit && rms >= 0.7 && rms <= 1.3, largest, rms }
}

export const largestRhat = (draws: ReadonlyMap<string, ScalarChains>): number => Math.max(...[...draws.values()].map(rhat))

const pool = (chains: ScalarChains): Float64Array => Float64Array.from(chains.flatMap(chain => [...chain]))

const mean = (xs: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < xs.length; i++) sum += xs[i]!
  return sum / xs.length
}

function sd(xs: Float64Array): number {
  const centre = mean(xs)
  return Math.sqrt(xs.reduce((sum, x) => sum + (x - centre) * (x - centre), 0) / (xs.length - 1))
}
