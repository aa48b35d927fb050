import type { DrawSet } from '../readable-run.js'
import { elementColumns, readStatistics } from './scalar-draws.js'

/** How many draws are taken at most: of those that did not diverge, and of those that did. Of more every so-manieth. */
export interface PairLimits {
  readonly ordinary: number
  readonly divergent: number
}

export const ALL_DIVERGENT: PairLimits = { ordinary: 1000, divergent: 5000 }

/** Draws of a few scalars at the same iterations. */
export interface PairDraws {
  readonly names: readonly string[]
  /** By scalar. */
  readonly ordinary: readonly Float64Array[]
  readonly divergent: readonly Float64Array[]
  /** How many there are of each. */
  readonly draws: number
  readonly divergences: number
}

/** undefined where the sampler does not record divergences. */
export async function readPairDraws(set: DrawSet, names: readonly string[], limits: PairLimits): Promise<PairDraws | undefined> {
  const columns = elementColumns(set)
  const at = names.map(name => columns.get(name)!.at)
  const marks: Float64Array[] = []
  for (const { statistics } of set.chains) {
    const { diverging } = await readStatistics(statistics, ['diverging'])
    if (!diverging) return undefined
    marks.push(diverging)
  }
  const draws = set.chains.reduce((total, { rows }) => total + rows, 0)
  const divergences = marks.reduce((total, own) => total + own.reduce((a, b) => a + b, 0), 0)
  const every = Math.max(1, Math.ceil((draws - divergences) / limits.ordinary))
  const everyDivergent = Math.max(1, Math.ceil(divergences / limits.divergent))
  const ordinary: number[][] = names.map(() => [])
  const divergent: number[][] = names.map(() => [])
  let [seen, seenDivergent] = [0, 0]
  for (const [c, { values }] of set.chains.entries()) {
    const width = values.columns.length
    let row = 0
    for await (const block of values.blocks()) {
      for (let from = 0; from < block.length; from += width, row++) {
        const diverged = marks[c]![row] === 1
        const taken = diverged ? seenDivergent++ % everyDivergent === 0 : seen++ % every === 0
        if (!taken) continue
        const target = diverged ? divergent : ordinary
        for (let k = 0; k < at.length; k++) target[k]!.push(block[from + at[k]!]!)
      }
    }
  }
  const arrays = (lists: readonly number[][]): readonly Float64Array[] => lists.map(list => Float64Array.from(list))
  return { names, ordinary: arrays(ordinary), divergent: arrays(divergent), draws, divergences }
}

/** Two scalars of `PairDraws`, and why they are shown. */
export interface Pair {
  readonly a: number
  readonly b: number
  readonly why: string
}

/** Divergences that are enough to say where they are. */
const ENOUGH = 5
const PAIRS = 4

/**
 * The worst pairs: with divergences those of the scalars whose values separate divergent draws from others most, by the difference of means in standard deviations; without
 * those with the largest correlation.
 */
export function worstPairs({ names, ordinary, divergent }: PairDraws): readonly Pair[] {
  const pairs = names.flatMap((_, a) => names.slice(a + 1).map((_, k) => ({ a, b: a + 1 + k })))
  const moving = pairs.filter(({ a, b }) => [a, b].every(k => sd(ordinary[k]!) > 0))
  const many = (divergent[0]?.length ?? 0) >= ENOUGH
  const separation = names.map((_, k) => (many ? Math.abs(mean(divergent[k]!) - mean(ordinary[k]!)) / sd(ordinary[k]!) : 0))
  const scored = moving.map(({ a, b }) => {
    const correlation = correlationOf(ordinary[a]!, ordinary[b]!)
    const apart = Math.max(separation[a]!, separation[b]!)
    return many
      ? {
          a,
          b,
          score: separation[a]! + separation[b]!,
          why: `divergent draws are ${apart.toFixed(1)} standard deviations from the others in ${names[separation[a]! >= separation[b]! ? a : b]}`,
        }
      : { a, b, score: Math.abs(correlation), why: `correlation ${correlation.toFixed(2)}` }
  })
  return scored.sort((p, q) => q.score - p.score).slice(0, PAIRS)
}

const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length

function sd(values: Float64Array): number {
  const center = mean(values)
  return Math.sqrt(values.reduce((total, value) => total + (value - center) * (value - center), 0) / (values.length - 1))
}

export function correlationOf(a: Float64Array, b: Float64Array): number {
  const [left, right] = [mean(a), mean(b)]
  const products = a.reduce((total, value, i) => total + (value - left) * (b[i]! - right), 0)
  return products / ((a.length - 1) * sd(a) * sd(b))
}
