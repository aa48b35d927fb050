import { readColumns } from '../../run-directory/index.js'
import type { ExaminedShard } from './shard-draws.js'

/** Where the divergent draws of a shard are, against all others. */
export interface DivergentDraws {
  /** Divergent draws that are kept. */
  readonly divergent: number
  /** Of each chain. */
  readonly perChain: readonly number[]
  /** The coordinate whose values tell divergent draws from others best; undefined where none does. */
  readonly apart?: { readonly coordinate: number; readonly difference: number }
}

/** With fewer divergent draws their mean says nothing. */
const FEWEST = 5
/** A difference of means, in standard deviations of all draws, that is worth telling; and how many of its standard errors it must be. */
const LEAST_DIFFERENCE = 0.5
const STANDARD_ERRORS = 4

/**
 * Standardised difference of the mean of divergent draws from that of the others, for every coordinate. The draws are read once; what is in memory is two numbers a
 * coordinate for each kind, and one a draw.
 */
export async function divergentDraws({ chains, statistics, dimension: d }: ExaminedShard): Promise<DivergentDraws> {
  const perChain: number[] = []
  const reference = new Float64Array(d)
  const sums = [new Float64Array(d), new Float64Array(d)] as const
  const squares = new Float64Array(d)
  const counts = [0, 0]
  for (const [c, chain] of chains.entries()) {
    const [flags] = await readColumns(statistics[c]!, [statistics[c]!.columns.indexOf('diverging')])
    const width = chain.columns.length
    const before = counts[1]!
    let row = 0
    for await (const block of chain.blocks()) {
      for (let at = 0; at < block.length; at += width, row++) {
        if (counts[0] === 0 && counts[1] === 0) for (let i = 0; i < d; i++) reference[i] = block[at + i]!
        const kind = flags![row] === 0 ? 0 : 1
        counts[kind]!++
        for (let i = 0; i < d; i++) {
          const offset = block[at + i]! - reference[i]!
          sums[kind][i]! += offset
          squares[i]! += offset * offset
        }
      }
    }
    perChain.push(counts[1]! - before)
  }
  const [quiet, divergent] = counts as [number, number]
  const total = quiet + divergent
  const differences = reference.map((_, i) => {
    const mean = (sums[0][i]! + sums[1][i]!) / total
    const sd = Math.sqrt(squares[i]! / total - mean * mean)
    return (sums[1][i]! / divergent - sums[0][i]! / quiet) / sd
  })
  const coordinate = indexOfLargest(differences)
  const least = Math.max(LEAST_DIFFERENCE, STANDARD_ERRORS / Math.sqrt(divergent))
  const tells = divergent >= FEWEST && quiet >= FEWEST && Math.abs(differences[coordinate] ?? NaN) >= least
  return { divergent, perChain, ...(tells ? { apart: { coordinate, difference: differences[coordinate]! } } : {}) }
}

function indexOfLargest(values: Float64Array): number {
  let best = -1
  values.forEach((value, i) => {
    if (!Number.isNaN(value) && (best < 0 || Math.abs(value) > Math.abs(values[best]!))) best = i
  })
  return best
}
