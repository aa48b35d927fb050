import { createStream, type Key } from '@chorale/random'

import type { DrawMatrix } from '../contracts/index.js'

/**
 * Indices of as many draws as there are weights, each as often as its normalised weight times the number of draws, rounded up or down, in their order.
 * Undefined when no weight is positive, or one is NaN or infinite.
 * Source: systematic resampling, Kitagawa (1996), Journal of Computational and Graphical Statistics 5, appendix.
 */
export function systematicResample(logWeights: Float64Array, key: Key): Uint32Array | undefined {
  const largest = logWeights.reduce((a, b) => Math.max(a, b), -Infinity)
  if (!Number.isFinite(largest)) return undefined
  const weights = logWeights.map(value => Math.exp(value - largest))
  const size = weights.length
  const step = weights.reduce((a, b) => a + b, 0) / size
  const chosen = new Uint32Array(size)
  let threshold = createStream(key).uniform() * step
  let cumulative = weights[0]!
  let draw = 0
  for (let i = 0; i < size; i++, threshold += step) {
    while (cumulative < threshold && draw < size - 1) cumulative += weights[++draw]!
    chosen[i] = draw
  }
  return chosen
}

/** The rows with these indices. */
export function pickRows({ dimension, values }: DrawMatrix, rows: Uint32Array): DrawMatrix {
  const picked = new Float64Array(rows.length * dimension)
  rows.forEach((row, i) => picked.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension))
  return { draws: rows.length, dimension, values: picked }
}
