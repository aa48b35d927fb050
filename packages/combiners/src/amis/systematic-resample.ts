import { createStream, type Key } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'

/**
 * `size` rows, each as often as its weight times `size`, rounded up or down, in their order. Weights sum to 1.
 * Source: systematic resampling, Kitagawa (1996), Journal of Computational and Graphical Statistics 5, appendix.
 */
export function systematicResample({ dimension, values }: DrawMatrix, weights: Float64Array, size: number, key: Key): DrawMatrix {
  const chosen = new Float64Array(size * dimension)
  let threshold = createStream(key).uniform() / size
  let cumulative = weights[0]
  let row = 0
  for (let i = 0; i < size; i++, threshold += 1 / size) {
    while (cumulative < threshold && row < weights.length - 1) cumulative += weights[++row]
    chosen.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension)
  }
  return { draws: size, dimension, values: chosen }
}
