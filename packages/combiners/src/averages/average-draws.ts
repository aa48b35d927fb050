import { foldIn, permutation } from '@chorale/random'
import type { DrawMatrix, Key, SubPosteriorDraws } from '@chorale/core/contracts'
import { checkDraws } from '../check-sub-posteriors.js'

/**
 * sum_s W_s theta_s of draws paired at random: row t joins one draw of each shard, taken in an order that the key and the shard's number decide. Draws with
 * equal places in their chains may be correlated between shards (common random numbers), so they are never paired as they come.
 *
 * Returns max(size, draws that the longest shard's moments counted) rows. A shard with fewer draws is gone through again, each time in a new order; one
 * with more gives a random part. `weightAt(place)` is d x d and the weights sum to the identity; sums are taken about `origin`. One shard's draws are in memory at
 * a time, and its weight.
 */
export async function averageDraws(
  shards: readonly SubPosteriorDraws[],
  weightAt: (place: number) => Float64Array,
  origin: Float64Array,
  { key, size, signal }: { readonly key: Key; readonly size: number; readonly signal: AbortSignal },
): Promise<DrawMatrix> {
  const dimension = origin.length
  const rows = shards.reduce((most, { moments }) => Math.max(most, moments.batches.reduce((total, { count }) => total + count, 0)), size) // prettier-ignore
  const values = new Float64Array(rows * dimension)
  for (let at = 0; at < values.length; at += dimension) values.set(origin, at)
  for (const [place, shard] of shards.entries()) {
    signal.throwIfAborted()
    const matrix = await shard.draws()
    checkDraws(shard, matrix)
    const weighted = weightedDeviations(matrix, weightAt(place), origin)
    pairingOrder(rows, matrix.draws, foldIn(key, shard.shard)).forEach((draw, row) => {
      for (let i = 0; i < dimension; i++) values[row * dimension + i] += weighted[draw * dimension + i]
    })
  }
  return { draws: rows, dimension, values }
}

/** Which draw goes to each row: random orders of all draws, one after another, cut at `rows`. */
export function pairingOrder(rows: number, draws: number, key: Key): Uint32Array {
  const order = new Uint32Array(rows)
  for (let first = 0, cycle = 0; first < rows; first += draws, cycle++) {
    order.set(permutation(draws, foldIn(key, cycle)).subarray(0, rows - first), first)
  }
  return order
}

/** W (theta - origin) of every draw. */
function weightedDeviations({ draws, values }: DrawMatrix, weight: Float64Array, origin: Float64Array): Float64Array {
  const dimension = origin.length
  const weighted = new Float64Array(draws * dimension)
  const deviation = new Float64Array(dimension)
  for (let at = 0; at < weighted.length; at += dimension) {
    for (let j = 0; j < dimension; j++) deviation[j] = values[at + j] - origin[j]
    for (let i = 0; i < dimension; i++) {
      let value = 0
      for (let j = 0; j < dimension; j++) value += weight[i * dimension + j] * deviation[j]
      weighted[at + i] = value
    }
  }
  return weighted
}
