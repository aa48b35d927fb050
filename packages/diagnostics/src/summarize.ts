import type { Chains } from './chains.js'
import { isDegenerateSorted, pool, requireEqualLengths, splitChains } from './chains.js'
import { essOfShare, essOfVarying, essMean, essSd } from './ess.js'
import { sdError } from './mcse.js'
import { mean, variance } from './moments.js'
import { sorted, sortedQuantile } from './quantile.js'
import { rankNormalize } from './rank-normalization.js'
import { areComplete, foldedRhat, scaleReduction } from './rhat.js'

/** Posterior summary of one scalar, in its own units; the ESS are numbers of draws. */
export interface ScalarSummary {
  readonly mean: number
  readonly sd: number
  readonly mcseMean: number
  readonly mcseSd: number
  readonly q5: number
  readonly q50: number
  readonly q95: number
  readonly essBulk: number
  readonly essTail: number
  readonly rhat: number
}

/** Whether chains agree, and how much they know of the bulk and the tails of one scalar. */
export type Convergence = Pick<ScalarSummary, 'rhat' | 'essBulk' | 'essTail'>

/** `rhat`, `essBulk` and `essTail` with the sorting and ranking they share done once. NaN and errors as theirs. */
export function convergence(chains: Chains): Convergence {
  requireEqualLengths(chains)
  const ascending = sorted(pool(chains))
  return convergenceOf(chains, ascending)
}

/** `ascending`: all draws. */
function convergenceOf(chains: Chains, ascending: Float64Array): Convergence {
  const halves = splitChains(chains)
  if (isDegenerateSorted(ascending)) return { essBulk: NaN, essTail: NaN, rhat: NaN }
  const ranked = rankNormalize(halves, areComplete(halves, ascending) ? ascending : undefined)
  return {
    essBulk: essOfVarying(ranked),
    essTail: Math.min(essOfShare(chains, sortedQuantile(ascending, 0.05)), essOfShare(chains, sortedQuantile(ascending, 0.95))),
    rhat: Math.max(scaleReduction(ranked), foldedRhat(chains, ascending)),
  }
}

/**
 * Every number of `ScalarSummary`, equal to the functions of the same names, with the sorting and ranking they share done once.
 *
 * @param chains draws of one scalar, equally long arrays, one per chain.
 * @returns NaN for MCSE, ESS and R-hat of draws that are constant or not finite.
 * @throws RangeError without chains or with unequal lengths.
 */
export const summarize = (chains: Chains): ScalarSummary => ({ ...describe(chains), mcseSd: sdError(pool(chains), essSd(chains)) })

/**
 * As `summarize`, without the standard error of the standard deviation, which takes as long as any two others. `known`: the `convergence` of these chains, for
 * a caller who has it; it takes most of the time.
 */
export function describe(chains: Chains, known?: Convergence): Omit<ScalarSummary, 'mcseSd'> {
  requireEqualLengths(chains)
  const draws = pool(chains)
  const ascending = sorted(draws)
  const spread = variance(draws)
  return {
    mean: mean(draws),
    sd: Math.sqrt(spread),
    mcseMean: Math.sqrt(spread / essMean(chains)),
    q5: sortedQuantile(ascending, 0.05),
    q50: sortedQuantile(ascending, 0.5),
    q95: sortedQuantile(ascending, 0.95),
    ...(known ?? convergenceOf(chains, ascending)),
  }
}
