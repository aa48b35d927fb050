import { createStream, prngKey } from '@chorale/random'

/** Simulated sets of chains that the width of the bands rests on. */
const SIMULATIONS = 1000
/** Ranks at which curves are compared. */
const PLACES = 50
/** Of curves that leave their band nowhere, where all chains draw from the same distribution. */
export const COVERAGE = 0.95

/** For each chain, how its share of the lowest draws of all differs from an even share. */
export interface RankDifferences {
  /** Fractional ranks, 1/places to 1. */
  readonly rank: readonly number[]
  /** Chains x places: the share of the chain's draws with at most that rank, minus the rank. */
  readonly difference: readonly (readonly number[])[]
  /** Where all curves of chains that agree stay at once. */
  readonly lower: readonly number[]
  readonly upper: readonly number[]
}

/**
 * Differences of the empirical distribution of fractional ranks from the uniform one, with simultaneous bands for several chains.
 *
 * Of the m lowest draws of all chains the number that are of one chain of n is hypergeometric where all chains have one distribution and draws are independent. The bands are
 * its quantiles at gamma/2 and 1 - gamma/2; gamma is chosen by simulation so that all curves stay inside everywhere with probability `COVERAGE`. Correlated draws must be
 * thinned before. Source: Saeilynoja, Buerkner & Vehtari (2022), Graphical test for discrete uniformity and its applications in goodness-of-fit evaluation and
 * multiple sample comparison, arXiv 2103.10522, algorithm 2.
 *
 * @param chains at least two, equally long; ties are ranked in the order of chains and draws, dealt round.
 */
export function rankDifferences(chains: readonly Float64Array[]): RankDifferences {
  const n = chains[0]!.length
  const places = placesOf(n, chains.length)
  const order = chains
    .flatMap((chain, c) => Array.from(chain, (draw, i) => ({ draw, c, i })))
    .sort((a, b) => a.draw - b.draw || a.i - b.i || a.c - b.c)
    .map(({ c }) => c)
  const counts = countsAt(order, places, chains.length)
  const { lower, upper } = bands(n, chains.length)
  const total = n * chains.length
  const rank = places.map(place => place / total)
  return { rank, difference: counts.map(own => own.map((count, k) => count / n - rank[k]!)), lower, upper }
}

/** Chains whose differences leave the band somewhere, in words; undefined where none does. */
export function leavingBand({ difference, lower, upper }: RankDifferences, chains: readonly number[]): string | undefined {
  const outside = chains.filter((_, c) => difference[c]!.some((value, k) => value < lower[k]! - 1e-12 || value > upper[k]! + 1e-12))
  if (outside.length === 0) return undefined
  return outside.length === 1 ? `chain ${outside[0]} leaves the band` : `chains ${outside.join(', ')} leave the band`
}

/** How many of the first so many labels are each one's: labels x places. */
function countsAt(order: ArrayLike<number>, places: readonly number[], labels: number): number[][] {
  const counts = Array.from({ length: labels }, () => new Array<number>(places.length).fill(0))
  const seen = new Float64Array(labels)
  let at = 0
  places.forEach((place, k) => {
    for (; at < place; at++) seen[order[at]!]! += 1
    for (let c = 0; c < labels; c++) counts[c]![k] = seen[c]!
  })
  return counts
}

function placesOf(n: number, chains: number): readonly number[] {
  const places = Math.min(PLACES, n)
  return Array.from({ length: places }, (_, k) => Math.round(((k + 1) * n * chains) / places))
}

interface Bands {
  readonly lower: readonly number[]
  readonly upper: readonly number[]
}

const known = new Map<string, Bands>()

/** In units of the difference; the same for all parameters of a run. */
function bands(n: number, chains: number): Bands {
  const name = `${n} ${chains}`
  const found = known.get(name) ?? simulatedBands(n, chains)
  known.set(name, found)
  return found
}

function simulatedBands(n: number, chains: number): Bands {
  const places = placesOf(n, chains)
  const total = n * chains
  const tables = places.map(place => hypergeometricCdf({ successes: n, population: total, draws: place }))
  const below = (k: number, count: number): number => (count < 0 ? 0 : tables[k]![count]!)
  const stream = createStream(prngKey(20_103))
  const labels = Uint8Array.from({ length: total }, (_, i) => i % chains)
  const extremes = new Float64Array(SIMULATIONS)
  for (let s = 0; s < SIMULATIONS; s++) {
    for (let i = total - 1; i > 0; i--) {
      const j = stream.integer(i + 1)
      const moved = labels[i]!
      labels[i] = labels[j]!
      labels[j] = moved
    }
    let least = 1
    for (const own of countsAt(labels, places, chains))
      own.forEach((count, k) => (least = Math.min(least, 2 * Math.min(below(k, count), 1 - below(k, count - 1)))))
    extremes[s] = least
  }
  const gamma = extremes.sort()[Math.floor((1 - COVERAGE) * SIMULATIONS)]!
  const quantileAt = (k: number, p: number): number => {
    const found = tables[k]!.findIndex(cumulative => cumulative >= p)
    return found < 0 ? n : found
  }
  // gamma is one of the attained values: the tolerance keeps the count that attains it inside.
  const share = (k: number, p: number): number => quantileAt(k, p) / n - places[k]! / total
  return {
    lower: places.map((_, k) => share(k, (gamma / 2) * (1 - 1e-9))),
    upper: places.map((_, k) => share(k, 1 - (gamma / 2) * (1 - 1e-9))),
  }
}

/** P(X <= x) for x = 0..successes, X the number of successes among so many draws without replacement. */
export function hypergeometricCdf({
  successes,
  population,
  draws,
}: {
  readonly successes: number
  readonly population: number
  readonly draws: number
}): Float64Array {
  const others = population - successes
  const first = Math.max(0, draws - others)
  const last = Math.min(successes, draws)
  const masses = new Float64Array(successes + 1)
  // Relative to the mode, then normalised: no factorials.
  const mode = Math.min(last, Math.max(first, Math.floor(((successes + 1) * (draws + 1)) / (population + 2))))
  masses[mode] = 1
  for (let x = mode; x < last; x++) masses[x + 1] = (masses[x]! * (successes - x) * (draws - x)) / ((x + 1) * (others - draws + x + 1))
  for (let x = mode; x > first; x--) masses[x - 1] = (masses[x]! * x * (others - draws + x)) / ((successes - x + 1) * (draws - x + 1))
  const sum = masses.reduce((a, b) => a + b, 0)
  let cumulative = 0
  return masses.map(mass => Math.min(1, (cumulative += mass / sum)))
}
