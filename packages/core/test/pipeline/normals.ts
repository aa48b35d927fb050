import { createStream, prngKey } from '@chorale/random'

import type { DrawMatrix } from '../../src/contracts/index.js'
import type { ScoredDraws } from '../../src/combination/moments.js'

/** Standard normals in a row-major matrix, put through mean + L z. */
export function gaussianDraws(draws: number, mean: readonly number[], lower: readonly (readonly number[])[], seed: number): DrawMatrix {
  const stream = createStream(prngKey(seed))
  const d = mean.length
  const values = new Float64Array(draws * d)
  for (let row = 0; row < draws; row++) {
    const z = Array.from({ length: d }, () => stream.normal())
    for (let i = 0; i < d; i++) values[row * d + i] = lower[i]!.reduce((total, l, j) => total + l * z[j]!, mean[i]!)
  }
  return { draws, dimension: d, values }
}

/** L L' */
export const covarianceOf = (lower: readonly (readonly number[])[]): number[][] =>
  lower.map(a => lower.map(b => a.reduce((total, x, k) => total + x * (b[k] ?? 0), 0)))

/** Draws as a chain whose scores are those of independent standard normals. */
export const standardChain = ({ draws, dimension, values }: DrawMatrix): ScoredDraws => ({
  draws,
  dimension,
  positions: values,
  scores: values.map(x => -x),
})

export const average = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length

/** Divisor n - 1. */
export function sd(values: ArrayLike<number>): number {
  const mean = average(values)
  return Math.sqrt(Array.from(values).reduce((total, x) => total + (x - mean) * (x - mean), 0) / (values.length - 1))
}
