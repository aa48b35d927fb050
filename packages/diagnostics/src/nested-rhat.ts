import type { Chains } from './chains.js'
import { isDegenerate, requireEqualLengths } from './chains.js'
import { mean, variance } from './moments.js'

/**
 * Nested R-hat sqrt(1 + B/W) for many short chains: chains that started at one point form a superchain.
 *
 * B is the variance of superchain means; W the mean over superchains of (variance of its chain means) + (mean variance within its chains), where the
 * first term is 0 for superchains of one chain and the second is 0 for chains of one draw. Draws are neither split nor ranked.
 * Source: Margossian et al. (2024), Nested R-hat, Bayesian Analysis, arXiv 2110.13017.
 *
 * @param superchainIds one id per chain; every superchain has equally many chains, and there are at least two.
 * @returns NaN for draws that are constant or not finite.
 * @throws RangeError when ids do not match the chains, superchains differ in size, or chains in length.
 */
export function nestedRhat(chains: Chains, superchainIds: readonly (number | string)[]): number {
  requireEqualLengths(chains)
  const superchains = groupChains(chains, superchainIds)
  if (isDegenerate(chains)) return NaN
  const between = variance(Float64Array.from(superchains, members => mean(Float64Array.from(members, mean))))
  const within = mean(Float64Array.from(superchains, members => betweenChains(members) + withinChains(members)))
  return Math.sqrt(1 + between / within)
}

function betweenChains(members: Chains): number {
  return members.length === 1 ? 0 : variance(Float64Array.from(members, mean))
}

function withinChains(members: Chains): number {
  return members[0].length === 1 ? 0 : mean(Float64Array.from(members, variance))
}

function groupChains(chains: Chains, ids: readonly (number | string)[]): Float64Array[][] {
  if (ids.length !== chains.length) {
    throw new RangeError(`There are ${chains.length} chains but ${ids.length} superchain ids: one id per chain is needed.`)
  }
  const groups = new Map<number | string, Float64Array[]>()
  chains.forEach((chain, i) => groups.set(ids[i], [...(groups.get(ids[i]) ?? []), chain]))
  const superchains = [...groups.values()]
  const sizes = superchains.map(members => members.length)
  if (superchains.length < 2) throw new RangeError('All chains are in one superchain: at least two superchains are needed.')
  if (sizes.some(size => size !== sizes[0])) {
    throw new RangeError(`Superchains have ${sizes.join(', ')} chains: each needs the same number.`)
  }
  return superchains
}
