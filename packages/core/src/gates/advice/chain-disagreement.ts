import { foldedRhat, rankRhat, rhat } from '@chorale/diagnostics'

import { lastDraws } from '../../chains/coordinate-chains.js'

/** How chains of one scalar disagree. */
export type Disagreement =
  | { readonly kind: 'still'; readonly chains: readonly number[] }
  | {
      readonly kind: 'one'
      readonly what: 'mean' | 'sd'
      readonly chain: number
      readonly without: number
      readonly at: number
      readonly others: number
    }
  | { readonly kind: 'spread'; readonly folded: number; readonly plain: number }
  | { readonly kind: 'moving'; readonly chains: readonly number[]; readonly largest: number }
  | { readonly kind: 'apart'; readonly from: number; readonly to: number }

/** A chain whose range is below this share of what all chains cover stays where it is. */
const STILL = 1e-4
/** What is left of R-hat - 1 without a chain that alone is to blame. */
const REMAINDER = 0.1

/**
 * Which of these explains an R-hat above `limit`: chains that stay where they are, one chain that is elsewhere (without it the others would agree), chains that agree on
 * the place but not on the spread (folded R-hat is large, plain is not), chains whose own halves differ, or chains that each stay in a place of their own.
 * Source of both R-hats: Vehtari et al. (2021), doi 10.1214/20-BA1221.
 */
export function disagreement(chains: readonly Float64Array[], limit: number): Disagreement | undefined {
  const draws = lastDraws(chains)
  if (draws[0]!.length < 4 || draws.some(chain => !chain.every(Number.isFinite))) return undefined
  const all = rangeOf(Float64Array.from(draws.flatMap(chain => [...extremes(chain)])))
  if (all === 0) return undefined
  const still = draws.flatMap((chain, c) => (rangeOf(chain) <= STILL * all ? [c] : []))
  if (still.length > 0) return { kind: 'still', chains: still }
  const [plain, folded] = [rankRhat(draws), foldedRhat(draws)]
  const alone = toBlame(draws, Math.max(plain, folded), limit, plain <= limit ? 'sd' : 'mean')
  if (alone) return alone
  if (plain <= limit && folded > limit) return { kind: 'spread', folded, plain }
  const own = draws.map(chain => rankRhat([chain]))
  // A chain alone is compared with half as much: its R-hat scatters twice as far.
  const moving = own.flatMap((value, chain) => (value > 1 + 2 * (limit - 1) ? [chain] : []))
  if (2 * moving.length >= draws.length) return { kind: 'moving', chains: moving, largest: Math.max(...own) }
  const means = draws.map(meanOf)
  return { kind: 'apart', from: Math.min(...means), to: Math.max(...means) }
}

/** The chain without which the others agree. Of two chains nobody can tell which. */
function toBlame(draws: readonly Float64Array[], together: number, limit: number, what: 'mean' | 'sd'): Disagreement | undefined {
  if (draws.length < 3) return undefined
  const without = draws.map((_, c) => rhat(draws.filter((_, i) => i !== c)))
  const chain = without.indexOf(Math.min(...without))
  if (chain < 0 || !(without[chain]! <= limit || without[chain]! - 1 <= REMAINDER * (together - 1))) return undefined
  const of = what === 'mean' ? meanOf : sdOf
  const others = meanOf(Float64Array.from(draws.filter((_, i) => i !== chain).map(of)))
  return { kind: 'one', what, chain, without: without[chain]!, at: of(draws[chain]!), others }
}

const meanOf = (values: Float64Array): number => values.reduce((total, value) => total + value / values.length, 0)

function sdOf(values: Float64Array): number {
  const mean = meanOf(values)
  return Math.sqrt(values.reduce((total, value) => total + ((value - mean) * (value - mean)) / (values.length - 1), 0))
}

function extremes(values: Float64Array): readonly [low: number, high: number] {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

function rangeOf(values: Float64Array): number {
  const [low, high] = extremes(values)
  return high - low
}
