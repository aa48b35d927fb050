import { kHatThreshold, paretoKhat } from '@chorale/diagnostics'

import { lastDraws } from '../chains/coordinate-chains.js'
import { columnGroups, diagnosticThinning } from '../chains/thinning.js'
import type { CompletedShard } from '../execution/completed-shard.js'
import { readColumns } from '../run-directory/index.js'

/** A coordinate whose mean is not to be had from its draws. */
export interface HeavyTail {
  readonly coordinate: number
  readonly khat: number
}

/** Draws that are all within so many standard deviations of their mean have no tail that could matter: most coordinates are done with by one look. */
const WITHIN = 5

/**
 * The coordinate with the heaviest tail of those whose k-hat is at the threshold or beyond: however many draws there are, the error of their mean is not what its
 * standard error says, and at k >= 1 there is no mean. R-hat and effective sample sizes, which rank draws, do not see it.
 * Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024), Pareto smoothed importance sampling, section 3.
 */
export async function heaviestTail({ chains }: Pick<CompletedShard, 'chains'>, dimension: number): Promise<HeavyTail | undefined> {
  const every = diagnosticThinning(chains)
  let heaviest: HeavyTail | undefined
  for (const group of columnGroups(dimension, chains, every)) {
    const read = await Promise.all(chains.map(chain => readColumns(chain, group, every)))
    group.forEach((coordinate, k) => {
      const draws = lastDraws(read.map(columns => columns[k]!))
      if (!reachesFar(draws)) return
      const khat = paretoKhat(draws)
      const threshold = kHatThreshold(draws.length * draws[0]!.length)
      if (khat >= threshold && khat > (heaviest?.khat ?? -Infinity)) heaviest = { coordinate, khat }
    })
  }
  return heaviest
}

function reachesFar(chains: readonly Float64Array[]): boolean {
  let [count, mean, squares, low, high] = [0, 0, 0, Infinity, -Infinity]
  for (const chain of chains) {
    for (const value of chain) {
      const before = value - mean
      mean += before / ++count
      squares += before * (value - mean)
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return Math.max(high - mean, mean - low) > WITHIN * Math.sqrt(squares / count)
}

/** As the reason of a verdict. `name`: of the coordinate. */
export const heavyTailInWords = ({ khat }: HeavyTail, name: string): string =>
  `the tails of ${name} are heavy (k-hat ${khat.toFixed(2)} of its draws): ${khat >= 1 ? 'it may have no mean' : 'its mean and sd are not what their errors say'}; quantiles can be used`
