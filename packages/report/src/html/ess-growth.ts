import { essBulk, essTail } from '@chorale/diagnostics'

/** What draws were worth when each chain had so many of them. */
export interface EssAfter {
  /** Of one chain. */
  readonly draws: number
  readonly bulk: number
  readonly tail: number
}

/** Effective sample sizes of all chains together, after equal parts of their draws. */
export function essGrowth(chains: readonly Float64Array[], parts: number): readonly EssAfter[] {
  const length = chains[0]!.length
  return Array.from({ length: parts }, (_, part) => {
    const draws = Math.floor((length * (part + 1)) / parts)
    const some = chains.map(chain => chain.subarray(0, draws))
    return { draws, bulk: essBulk(some), tail: essTail(some) }
  })
}
