import type { DrawMatrix, SubPosteriorDraws } from '@chorale/core/contracts'
import { checkDraws } from '../check-sub-posteriors.js'

/**
 * The quantile functions of each coordinate, averaged over shards: row i is the average quantile at (i + 1/2)/`size` (d columns, each ascending).
 * Between the midpoints of a shard's sorted draws quantiles are interpolated; beyond the first and last they are the smallest and largest draw.
 */
export async function averageQuantiles(shards: readonly SubPosteriorDraws[], size: number, signal: AbortSignal): Promise<DrawMatrix> {
  const { dimension } = shards[0].moments
  const values = new Float64Array(size * dimension)
  for (const shard of shards) {
    signal.throwIfAborted()
    const matrix = await shard.draws()
    checkDraws(shard, matrix)
    for (let j = 0; j < dimension; j++) {
      const sorted = coordinateOf(matrix, j).sort()
      for (let i = 0; i < size; i++) values[i * dimension + j] += quantileAt(sorted, (i + 0.5) / size) / shards.length
    }
  }
  return { draws: size, dimension, values }
}

/** Draws with the marginals of `quantiles` and the ranks of `template`: in each coordinate its k-th smallest value is replaced by row k. Both have as many rows. */
export function withMarginals(template: DrawMatrix, quantiles: DrawMatrix): DrawMatrix {
  const { draws, dimension } = template
  const values = new Float64Array(draws * dimension)
  for (let j = 0; j < dimension; j++) {
    const own = coordinateOf(template, j)
    const order = Uint32Array.from(own.keys()).sort((a, b) => own[a] - own[b] || a - b)
    order.forEach((row, rank) => (values[row * dimension + j] = quantiles.values[rank * dimension + j]))
  }
  return { draws, dimension, values }
}

const coordinateOf = ({ draws, dimension, values }: DrawMatrix, j: number): Float64Array =>
  Float64Array.from({ length: draws }, (_, t) => values[t * dimension + j])

function quantileAt(sorted: Float64Array, probability: number): number {
  const position = Math.min(Math.max(probability * sorted.length - 0.5, 0), sorted.length - 1)
  const below = Math.floor(position)
  const share = position - below
  return share === 0 ? sorted[below] : sorted[below] + share * (sorted[below + 1] - sorted[below])
}
