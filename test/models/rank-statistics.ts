import { normalQuantile } from '@chorale/diagnostics'

/** Draws that a true value is ranked among. */
export const RANKED_DRAWS = 63

const BINS = RANKED_DRAWS + 1
const COVERAGE = 0.999
const STANDARD_ERRORS = 3.3

/** Limits of an empirical distribution function at the ends of all bins but the last, as counts. */
interface Band {
  readonly lower: readonly number[]
  readonly upper: readonly number[]
  /** Probability that counts of a uniform sample are within the limits at all ends. */
  readonly coverage: number
}

/**
 * The simultaneous band of the empirical distribution function of `sample` values that are uniform over `bins` bins: binomial intervals of one tail
 * probability at every end of a bin, as narrow as `coverage` of all together allows.
 *
 * Source: Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32, doi 10.1007/s11222-022-10090-6, section 2.2 with algorithm 1.
 */
export function simultaneousBand(sample: number, bins: number, coverage: number): Band {
  const logFactorial = logFactorials(sample)
  const bandOf = (tail: number): Band => {
    const limits = Array.from({ length: bins - 1 }, (_, k) => binomialInterval(sample, (k + 1) / bins, tail, logFactorial))
    const lower = limits.map(([least]) => least)
    const upper = limits.map(([, most]) => most)
    return { lower, upper, coverage: probabilityWithin(sample, bins, lower, upper, logFactorial) }
  }
  let [narrowest, widest] = [1 - coverage, (1 - coverage) / (4 * bins)]
  for (let step = 0; step < 30; step++) {
    const middle = Math.sqrt(narrowest * widest)
    if (bandOf(middle).coverage >= coverage) widest = middle
    else narrowest = middle
  }
  return bandOf(widest)
}

/** Probability that the count of a uniform sample is between the limits at the end of each bin: a recursion over bins. */
function probabilityWithin(
  sample: number,
  bins: number,
  lower: readonly number[],
  upper: readonly number[],
  logFactorial: Float64Array,
): number {
  let reached = new Float64Array(sample + 1)
  reached[0] = 1
  lower.forEach((least, k) => {
    const next = new Float64Array(sample + 1)
    // One of the values that lie in bin k or beyond lies in bin k with probability 1 / (number of these bins).
    const p = 1 / (bins - k)
    for (let before = k === 0 ? 0 : lower[k - 1]!; before <= (k === 0 ? 0 : upper[k - 1]!); before++) {
      for (let count = Math.max(least, before); count <= upper[k]!; count++) {
        next[count]! += reached[before]! * binomialMass(count - before, sample - before, p, logFactorial)
      }
    }
    reached = next
  })
  return reached.reduce((sum, probability) => sum + probability, 0)
}

/** Counts outside of which a binomial variable lies with probability at most `tail` on each side. */
function binomialInterval(n: number, p: number, tail: number, logFactorial: Float64Array): readonly [number, number] {
  const mass = (count: number): number => binomialMass(count, n, p, logFactorial)
  let lower = 0
  for (let below = mass(0); below < tail; below += mass(++lower));
  let upper = n
  for (let above = mass(n); above < tail; above += mass(--upper));
  return [lower, upper]
}

const binomialMass = (count: number, n: number, p: number, logFactorial: Float64Array): number =>
  Math.exp(logFactorial[n]! - logFactorial[count]! - logFactorial[n - count]! + count * Math.log(p) + (n - count) * Math.log1p(-p))

function logFactorials(n: number): Float64Array {
  const logs = new Float64Array(n + 1)
  for (let k = 1; k <= n; k++) logs[k] = logs[k - 1]! + Math.log(k)
  return logs
}

/** How ranks differ from uniform ones. */
export interface Uniformity {
  readonly passes: boolean
  /** Ends of bins where the empirical distribution function leaves the band. */
  readonly outside: number
  /** Mean and variance of the normal scores, in standard errors from those of uniform ranks. */
  readonly meanScore: number
  readonly varianceScore: number
}

/** Whether ranks 0 to 63 are uniform, as those of true values among posterior draws are (Talts et al. 2018, arXiv 1804.06788). */
export function judgeRanks(ranks: readonly number[]): Uniformity {
  const band = bandFor(ranks.length)
  let count = 0
  const outside = band.lower.filter((least, k) => {
    count += ranks.filter(rank => rank === k).length
    return count < least || count > band.upper[k]!
  }).length
  const scoreOf = (rank: number): number => normalQuantile((rank + 0.5) / BINS)
  const [second, fourth] = [2, 4].map(power => mean(Array.from({ length: BINS }, (_, rank) => scoreOf(rank) ** power))) as [number, number]
  const scores = ranks.map(scoreOf)
  const meanScore = mean(scores) / Math.sqrt(second / ranks.length)
  const varianceScore = (mean(scores.map(score => score * score)) - second) / Math.sqrt((fourth - second * second) / ranks.length)
  const passes = outside === 0 && Math.abs(meanScore) < STANDARD_ERRORS && Math.abs(varianceScore) < STANDARD_ERRORS
  return { passes, outside, meanScore, varianceScore }
}

const bands = new Map<number, Band>()

function bandFor(sample: number): Band {
  const band = bands.get(sample) ?? simultaneousBand(sample, BINS, COVERAGE)
  bands.set(sample, band)
  return band
}

const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length
