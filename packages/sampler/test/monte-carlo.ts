import type { ChainDraws } from './chains.js'

export const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** Draws of a batch: many times the autocorrelation time of the targets tested here. */
const BATCH = 100

/** Standardised error of the mean of f over all draws; Monte Carlo standard error from batch means. */
export function zScore(chains: readonly ChainDraws[], f: (x: Float64Array) => number, exact: number): number {
  const batches: number[] = []
  for (const { draws } of chains) {
    for (let end = BATCH; end <= draws.length; end += BATCH) {
      let sum = 0
      for (let i = end - BATCH; i < end; i++) sum += f(draws[i]!)
      batches.push(sum / BATCH)
    }
  }
  const centre = mean(batches)
  const variance = batches.reduce((sum, x) => sum + (x - centre) * (x - centre), 0) / (batches.length - 1)
  return (centre - exact) / Math.sqrt(variance / batches.length)
}

/** What is known of one coordinate. */
export interface Marginal {
  readonly mean: number
  readonly variance: number
  /** [x, P(coordinate < x)]: the 5, 50 and 95 % quantiles. */
  readonly quantiles: readonly (readonly [number, number])[]
}

/** z-scores of mean, variance and quantiles of every coordinate, all with the same marginal but for its scale. */
export function momentScores(chains: readonly ChainDraws[], marginal: Marginal, scales: readonly number[]): number[] {
  return scales.flatMap((scale, i) => {
    const standard = (x: Float64Array) => x[i]! / scale
    const deviation = (x: Float64Array) => standard(x) - marginal.mean
    return [
      zScore(chains, standard, marginal.mean),
      zScore(chains, x => deviation(x) * deviation(x), marginal.variance),
      ...marginal.quantiles.map(([point, probability]) => zScore(chains, x => Number(standard(x) < point), probability)),
    ]
  })
}

/** The verdict on z-scores: all below 4, root mean square in [0.7, 1.3]. */
export function judge(scores: readonly number[]): { readonly passes: boolean; readonly largest: number; readonly rms: number } {
  const largest = Math.max(...scores.map(Math.abs))
  const rms = Math.sqrt(mean(scores.map(z => z * z)))
  return { passes: largest < 4 && rms >= 0.7 && rms <= 1.3, largest, rms }
}
