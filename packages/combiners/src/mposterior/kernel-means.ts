import { foldIn, permutation, split } from '@chorale/random'
import type { Key, SubPosteriorDraws } from '@chorale/core/contracts'
import { checkDraws } from '../check-sub-posteriors.js'

/** Pairs of points looked at for the median distance, for each point. */
const PAIRS = 5

/** Some draws of each shard in units in which a kernel may be round: `points` rows of d each. */
export interface WhitenedPoints {
  readonly dimension: number
  readonly points: number
  readonly shards: readonly Float64Array[]
}

/**
 * The same number of draws from each shard, at most `points`, taken at random, as inverse(L) theta. `inverseFactor` is lower triangular, d x d; it makes the distances
 * of points independent of the parameters' units. One shard's draws are in memory at a time.
 */
export async function whitenedPoints(
  shards: readonly SubPosteriorDraws[],
  inverseFactor: Float64Array,
  { points, key, signal }: { readonly points: number; readonly key: Key; readonly signal: AbortSignal },
): Promise<WhitenedPoints> {
  const { dimension } = shards[0].moments
  const taken: Float64Array[] = []
  for (const shard of shards) {
    signal.throwIfAborted()
    const matrix = await shard.draws()
    checkDraws(shard, matrix)
    const order = permutation(matrix.draws, foldIn(key, shard.shard)).subarray(0, points)
    const values = new Float64Array(order.length * dimension)
    order.forEach((draw, row) => {
      for (let i = 0; i < dimension; i++) {
        for (let j = 0; j <= i; j++) values[row * dimension + i] += inverseFactor[i * dimension + j] * matrix.values[draw * dimension + j]
      }
    })
    taken.push(values)
  }
  const fewest = Math.min(...taken.map(values => values.length))
  return { dimension, points: fewest / dimension, shards: taken.map(values => values.subarray(0, fewest)) }
}

/** The median squared distance between points of any shards, from five random partners of each point. */
export function medianSquaredDistance({ dimension, shards, points }: WhitenedPoints, key: Key): number {
  const count = shards.length * points
  const at = (point: number): Float64Array =>
    shards[Math.floor(point / points)].subarray((point % points) * dimension, ((point % points) + 1) * dimension)
  const distances: number[] = []
  for (const pairing of split(key, PAIRS)) {
    permutation(count, pairing).forEach((partner, point) => {
      if (partner !== point) distances.push(squaredDistance(at(point), at(partner)))
    })
  }
  return Float64Array.from(distances).sort()[distances.length >> 1]
}

/**
 * G[s * S + t] = mean of exp(-|x - y|^2/(2 h^2)) over x of shard s and y of shard t, `bandwidth` = h^2: inner products of the shards' kernel mean embeddings.
 * Cost S^2 points^2 d/2.
 */
export function kernelMeans({ dimension, points, shards }: WhitenedPoints, bandwidth: number, signal: AbortSignal): Float64Array {
  const size = shards.length
  const gram = new Float64Array(size * size)
  for (let s = 0; s < size; s++) {
    signal.throwIfAborted()
    for (let t = 0; t <= s; t++) {
      let sum = 0
      for (let a = 0; a < points; a++) {
        for (let b = 0; b < points; b++) {
          let square = 0
          for (let j = 0; j < dimension; j++) {
            const difference = shards[s][a * dimension + j] - shards[t][b * dimension + j]
            square += difference * difference
          }
          sum += Math.exp(-square / (2 * bandwidth))
        }
      }
      gram[s * size + t] = gram[t * size + s] = sum / (points * points)
    }
  }
  return gram
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let square = 0
  for (let j = 0; j < a.length; j++) square += (a[j] - b[j]) * (a[j] - b[j])
  return square
}
