import type { Chains } from './chains.js'
import { isDegenerate, requireEqualLengths, splitChains } from './chains.js'
import { mean, variance } from './moments.js'
import { foldDraws, foldSorted, rankNormalize } from './rank-normalization.js'

/**
 * R-hat: the larger of the rank-normalised and the folded rank-normalised split R-hat. Values above 1.01 mean that chains disagree.
 *
 * Source: Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021), Bayesian Analysis 16(2), doi 10.1214/20-BA1221.
 *
 * @param chains equally long arrays, one chain each; a single chain is compared with itself, half against half.
 * @returns a number; NaN, which passes no gate, for draws that are constant or not finite.
 * @throws RangeError without chains or with unequal lengths.
 */
export function rhat(chains: Chains): number {
  return Math.max(rankRhat(chains), foldedRhat(chains))
}

/** Split R-hat of the rank-normalised draws ("bulk"): finds chains at different locations. NaN and errors as `rhat`. */
export function rankRhat(chains: Chains): number {
  return compare(chains, () => rankNormalize(splitChains(chains)))
}

/**
 * Split R-hat of the rank-normalised distances from the median ("tail"): finds chains of different scale. NaN and errors as `rhat`.
 *
 * @param ascending all draws in ascending order, where the caller has them.
 */
export function foldedRhat(chains: Chains, ascending?: Float64Array): number {
  return compare(chains, () => {
    const folded = splitChains(foldDraws(chains, ascending))
    if (isDegenerate(folded)) return []
    return rankNormalize(folded, ascending && areComplete(folded, ascending) ? foldSorted(ascending) : undefined)
  })
}

/** Halves of odd chains are without the middle draws. */
export const areComplete = (halves: Chains, draws: Float64Array): boolean => halves.length * halves[0].length === draws.length

/** Split R-hat of the draws as they are (Gelman et al. 2013, Bayesian Data Analysis 3, section 11.4). NaN and errors as `rhat`. */
export function splitRhat(chains: Chains): number {
  return compare(chains, () => splitChains(chains))
}

/**
 * Potential scale reduction sqrt((n B/W + n - 1)/n), B the variance of chain means, W the mean variance within chains, of the chains as they are.
 * NaN for a single chain; NaN and errors otherwise as `rhat`.
 */
export function basicRhat(chains: Chains): number {
  return compare(chains, () => chains)
}

function compare(chains: Chains, transform: () => Chains): number {
  requireEqualLengths(chains)
  return isDegenerate(chains) ? NaN : scaleReduction(transform())
}

/** The formula of `basicRhat`, without its checks; NaN for fewer than two chains. */
export function scaleReduction(chains: Chains): number {
  if (chains.length < 2) return NaN
  const n = chains[0].length
  const between = variance(Float64Array.from(chains, mean))
  const within = mean(Float64Array.from(chains, variance))
  return Math.sqrt((n * (between / within) + n - 1) / n)
}
