import { createStream, type Key } from '@chorale/random'
import type { DrawMatrix } from '@chorale/core/contracts'
import { rowsOf } from '../draws/draw-rows.js'

/**
 * `size` rows, each as often as its weight times `size`, rounded up or down, in their order. Weights sum to 1.
 * Source: systematic resampling, Kitagawa (1996), Journal of Computational and Graphical Statistics 5, appendix.
 */
export function systematicResample(draws: DrawMatrix, weights: Float64Array, size: number, key: Key): DrawMatrix {
  const chosen = new Uint32Array(size)
  let threshold = createStream(key).uniform() / size
  let cumulative = weights[0]
  let row = 0
  for (let i = 0; i < size; i++, threshold += 1 / size) {
    while (cumulative < threshold && row < weights.length - 1) cumulative += weights[++row]
    chosen[i] = row
  }
  return rowsOf(draws, chosen)
}
