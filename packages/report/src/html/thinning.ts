import { essBulk } from '@chorale/diagnostics'

/** Draws of a chain that are ranked, at most and at least. */
const RANKED = 250
const FEWEST_RANKED = 40

/**
 * Draws of chains thinned to be nearly independent, for a comparison of their ranks; undefined for too few of them, or where one is not finite. `coarse`: by powers of
 * two, so that many comparisons have few lengths, for each of which a band is simulated.
 */
export function independentDraws(draws: readonly Float64Array[], by: 'fine' | 'coarse'): readonly Float64Array[] | undefined {
  const length = draws[0]!.length
  if (length < FEWEST_RANKED || !draws.every(chain => chain.every(Number.isFinite))) return undefined
  const needed = thinning(draws)
  let thin = needed
  if (by === 'coarse') for (thin = 1; thin < needed;) thin *= 2
  return draws.map(chain => Float64Array.from({ length: Math.floor(length / thin) }, (_, k) => chain[k * thin]!))
}

/** By each chain's own effective draws: those of all together would be few just where chains disagree. */
function thinning(draws: readonly Float64Array[]): number {
  const length = draws[0]!.length
  const ess = Math.min(...draws.map(chain => essBulk([chain])).filter(Number.isFinite))
  const independent = Number.isFinite(ess) ? Math.ceil(length / ess) : 1
  return Math.max(1, Math.ceil(length / RANKED), Math.min(independent, Math.floor(length / FEWEST_RANKED)))
}
