import type { Key } from '@chorale/random'
import type { DrawMatrix, SubPosteriorDraws } from '@chorale/core/contracts'
import { rowsOf } from '../draws/draw-rows.js'
import { separateModes } from '../modes/separate-modes.js'
import { spreadOfDraws } from '../draws/spread-of-draws.js'

/** A mode of one shard's draws, in the coordinates of `whiten`. */
export interface ShardCluster {
  readonly centre: Float64Array
  readonly draws: DrawMatrix
}

const SHARDS_LOOKED_AT = 100

/**
 * The separated modes of the shards' draws, from a few hundred draws of each of up to 100 shards, evenly spread. One shard's draws are in memory at a time.
 */
export async function shardClusters(
  shards: readonly SubPosteriorDraws[],
  whiten: (values: Float64Array) => Float64Array,
  { key, signal }: { readonly key: Key; readonly signal: AbortSignal },
): Promise<ShardCluster[]> {
  const { dimension } = shards[0].moments
  const draws = Math.max(200, 20 * dimension, Math.floor(4000 / Math.min(SHARDS_LOOKED_AT, shards.length)))
  const clusters: ShardCluster[] = []
  for await (const { some, key: own } of spreadOfDraws(shards, { shards: SHARDS_LOOKED_AT, draws, key, signal })) {
    const part = { ...some, values: whiten(some.values) }
    for (const mode of separateModes(part, own)) {
      const ofMode = rowsOf(part, mode)
      clusters.push({ centre: centreOfDraws(ofMode), draws: ofMode })
    }
  }
  return clusters
}

function centreOfDraws({ draws, dimension, values }: DrawMatrix): Float64Array {
  const centre = new Float64Array(dimension)
  for (let at = 0; at < values.length; at++) centre[at % dimension] += values[at] / draws
  return centre
}

/** Up to `count` places far from each other, the first one that is nearest to the origin. Source: Gonzalez (1985), clustering to minimise the maximum intercluster distance. */
export function farApart(places: readonly Float64Array[], count: number): number[] {
  if (places.length === 0 || count < 1) return []
  const squared = (a: Float64Array, b: Float64Array | undefined): number =>
    a.reduce((sum, value, i) => sum + (value - (b?.[i] ?? 0)) * (value - (b?.[i] ?? 0)), 0)
  const first = places.reduce((best, place, i) => (squared(place, undefined) < squared(places[best], undefined) ? i : best), 0)
  const chosen = [first]
  const nearest = places.map(place => squared(place, places[first]))
  while (chosen.length < Math.min(count, places.length)) {
    const next = nearest.reduce((best, distance, i) => (distance > nearest[best] ? i : best), 0)
    if (!(nearest[next] > 0)) break
    chosen.push(next)
    places.forEach((place, i) => (nearest[i] = Math.min(nearest[i], squared(place, places[next]))))
  }
  return chosen
}
