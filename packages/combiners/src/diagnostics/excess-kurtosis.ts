import type { DrawMatrix } from '@chorale/core/contracts'

/** Excess kurtosis of each coordinate, with a standard error that counts `ess` draws. */
export interface ExcessKurtosis {
  readonly value: Float64Array
  readonly standardError: Float64Array
}

/**
 * E[(x - m)^4]/sd^4 - 3 of each coordinate; standard error from the spread of the fourth powers, or sqrt(24/n) of Gaussian draws where that is larger.
 *
 * In a product of K alike sub-posteriors tails of excess kurtosis k make the sd of a Gaussian product wrong by about k (1 - 1/K)/4 of itself.
 */
export function excessKurtosis({ draws, dimension, values }: DrawMatrix, ess: number): ExcessKurtosis {
  const value = new Float64Array(dimension)
  const standardError = new Float64Array(dimension)
  for (let j = 0; j < dimension; j++) {
    let mean = 0
    for (let row = 0; row < draws; row++) mean += values[row * dimension + j] / draws
    let second = 0
    let fourth = 0
    let eighth = 0
    for (let row = 0; row < draws; row++) {
      const deviation = values[row * dimension + j] - mean
      const square = deviation * deviation
      second += square / draws
      fourth += (square * square) / draws
      eighth += (square * square * square * square) / draws
    }
    const scale = second * second
    value[j] = fourth / scale - 3
    const ofFourth = Math.max(0, eighth - fourth * fourth) / (scale * scale)
    // Var(k) of a ratio: the part that follows the variance is removed to first order.
    const ratio = fourth / scale
    const variance = Math.max(24, ofFourth - 4 * ratio * ratio * (ratio - 1))
    standardError[j] = Math.sqrt(variance / ess)
  }
  return { value, standardError }
}
