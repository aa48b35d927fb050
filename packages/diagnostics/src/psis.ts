import { fitGeneralizedPareto, generalizedParetoQuantile, shrinkShape } from './generalized-pareto.js'

export interface PsisOptions {
  /** Effective draws per draw of the proposal; 1 for independent draws, `essMean`/S for a Markov chain. Default 1. */
  readonly relativeEfficiency?: number
}

export interface SmoothedWeights {
  /** Log weights with the smoothed tail, in the order and on the scale of the log ratios; not normalised. */
  readonly logWeights: Float64Array
  /**
   * Estimated tail shape of the weights. Compare it with `kHatThreshold`: below, importance sampling can be believed.
   * -Infinity when all weights are equal, Infinity when there are too few draws to tell, NaN when a log ratio is NaN or Infinity, or the tail has no spread.
   */
  readonly paretoK: number
  /** How many of the largest weights were smoothed. */
  readonly tailLength: number
}

/** Log ratios that agree to this much move no mean by more than 1e-6 standard deviations: there is nothing to correct, only rounding to fit. */
const EQUAL = 1e-6

/**
 * Pareto-smoothed importance sampling: the largest log ratios become quantiles of a generalised Pareto distribution fitted to them, cut at the largest.
 *
 * The tail has ceil(min(S/5, 3 sqrt(S/r))) draws, r the relative efficiency. A good k-hat says that the importance-weighted answer can be believed,
 * not that the draws are right: what the weights move is the error of the draws.
 * Source: Vehtari, Simpson, Gelman, Yao & Gabry (2024), JMLR 25:72.
 *
 * @param logRatios log(target/proposal) of each draw, up to a constant; -Infinity is a draw outside the support of the target.
 * @throws RangeError without draws, or when the relative efficiency is not positive.
 */
export function psis(logRatios: Float64Array, options: PsisOptions = {}): SmoothedWeights {
  const size = logRatios.length
  const efficiency = options.relativeEfficiency ?? 1
  if (size === 0) throw new RangeError('No log ratios: importance sampling needs at least one draw.')
  if (!(efficiency > 0)) throw new RangeError(`Relative efficiency is ${efficiency}: it must be positive.`)
  const { low, high } = range(logRatios)
  if (!Number.isFinite(high))
    return unsmoothed(
      logRatios.map(() => NaN),
      NaN,
    )
  if (high - low <= EQUAL) return unsmoothed(logRatios.slice(), -Infinity)
  const tailLength = Math.ceil(Math.min(0.2 * size, 3 * Math.sqrt(size / efficiency)))
  if (tailLength < 5) return unsmoothed(logRatios.slice(), Infinity)

  const { tail, cutoff } = largest(logRatios, tailLength)
  const threshold = Math.exp(cutoff - high)
  const fit = fitGeneralizedPareto(Float64Array.from(tail, i => Math.exp(logRatios[i] - high) - threshold))
  const paretoK = shrinkShape(fit.k, tailLength)
  if (!Number.isFinite(paretoK)) return unsmoothed(logRatios.slice(), paretoK)
  const logWeights = logRatios.slice()
  tail.forEach((index, rank) => {
    const weight = generalizedParetoQuantile({ k: paretoK, sigma: fit.sigma }, (rank + 0.5) / tailLength) + threshold
    logWeights[index] = Math.min(Math.log(weight), 0) + high
  })
  return { logWeights, paretoK, tailLength }
}

/** Largest k-hat at which S draws give a reliable estimate: min(1 - 1/log10(S), 0.7) (Vehtari et al. 2024). */
export function kHatThreshold(draws: number): number {
  return Math.min(1 - 1 / Math.log10(draws), 0.7)
}

/** Draws needed for a reliable estimate at this k-hat: 10^(1/(1 - max(0, k))); Infinity for k >= 1, NaN for NaN (Vehtari et al. 2024). */
export function minimumDraws(paretoK: number): number {
  if (paretoK >= 1) return Infinity
  return Math.exp(Math.LN10 / (1 - Math.max(0, paretoK)))
}

function unsmoothed(logWeights: Float64Array, paretoK: number): SmoothedWeights {
  return { logWeights, paretoK, tailLength: 0 }
}

function range(values: Float64Array): { low: number; high: number } {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (Number.isNaN(value)) return { low: NaN, high: NaN }
    if (value < low) low = value
    if (value > high) high = value
  }
  return { low, high }
}

/** Indices of the largest values, ascending by value and then by index, and the largest value that is not among them. */
function largest(values: Float64Array, count: number): { tail: number[]; cutoff: number } {
  const ascending = values.slice().sort()
  const smallest = ascending[values.length - count]
  const candidates: number[] = []
  values.forEach((value, i) => {
    if (value >= smallest) candidates.push(i)
  })
  candidates.sort((a, b) => values[a] - values[b] || a - b)
  return { tail: candidates.slice(-count), cutoff: ascending[values.length - count - 1] }
}
