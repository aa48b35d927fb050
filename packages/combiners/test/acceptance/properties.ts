import { createStream, prngKey } from '@chorale/random'
import type { DrawMatrix, SubPosteriorDraws } from '@chorale/core/contracts'
import { cholesky, inverseFromCholesky } from '../../src/linear-algebra/cholesky.js'
import { applyTo, multiply, transpose } from '../../src/linear-algebra/matrix.js'
import { shardOf } from '../shards.js'
import type { AcceptanceCase } from './cases.js'

/** The same draws of theta' = B theta + c, with their scores, and the map; every coordinate on a scale of its own. */
export async function mapShards({ shards, targets, dimension }: AcceptanceCase, seed = 77) {
  const stream = createStream(prngKey(seed))
  const scale = Float64Array.from({ length: dimension }, (_, i) => 10 ** ((i % 5) - 2))
  const mixing = Float64Array.from(
    { length: dimension * dimension },
    (_, at) => (at % (dimension + 1) === 0 ? 2 : 0) + 0.3 * stream.normal(),
  )
  const B = mixing.map((value, at) => scale[Math.floor(at / dimension)] * value)
  const c = scale.map(value => 3 * value)
  // inverse(B)' = inverse(D) M inverse(M'M) for B = D M
  const gram = multiply(transpose(mixing, dimension), mixing, dimension)
  const inverse = multiply(mixing, inverseFromCholesky(cholesky(gram, dimension)!, dimension), dimension)
  const inverseTransposed = inverse.map((value, at) => value / scale[Math.floor(at / dimension)])
  const mapped: SubPosteriorDraws[] = []
  for (const [place, shard] of shards.entries()) {
    const { draws, values } = await shard.draws()
    const moved = new Float64Array(values.length)
    const scores = new Float64Array(values.length)
    const gradient = new Float64Array(dimension)
    for (let t = 0; t < draws; t++) {
      const position = values.slice(t * dimension, (t + 1) * dimension)
      targets[place].logDensityInto(gradient, position)
      moved.set(applyTo(B, position).map((value, i) => value + c[i]), t * dimension) // prettier-ignore
      scores.set(applyTo(inverseTransposed, gradient), t * dimension)
    }
    mapped.push(shardOf({ dimension, values: moved, scores }, { shard: shard.shard, of: shards.length }))
  }
  return { B, c, shards: mapped }
}

/** Largest difference of `mapped` from B draws + c, in units of each coordinate's spread. */
export function affineError(draws: DrawMatrix, mapped: DrawMatrix, B: Float64Array, c: Float64Array): number {
  const { dimension, values } = draws
  let error = 0
  for (let j = 0; j < dimension; j++) {
    let spread = 0
    for (let at = j; at < values.length; at += dimension) spread = Math.max(spread, Math.abs(mapped.values[at] - mapped.values[j]))
    for (let row = 0; row < values.length; row += dimension) {
      const expected = applyTo(B, values.slice(row, row + dimension))[j] + c[j]
      error = Math.max(error, Math.abs(mapped.values[row + j] - expected) / spread)
    }
  }
  return error
}

/** The case with 40 % of the draws left in every third shard. */
export function withUnequalCounts(made: AcceptanceCase): AcceptanceCase {
  const shards = made.shards.map((shard, place) => (place % 3 === 1 ? shortened(shard, made, place) : shard))
  return { ...made, shards }
}

function shortened(shard: SubPosteriorDraws, { targets, dimension, shards }: AcceptanceCase, place: number): SubPosteriorDraws {
  const draws = Math.floor(0.4 * shard.moments.batches.reduce((total, { count }) => total + count, 0))
  const values = targets[place].sample(draws, 5000 + place)
  const scores = new Float64Array(values.length)
  for (let at = 0; at < values.length; at += dimension) {
    targets[place].logDensityInto(scores.subarray(at, at + dimension), values.subarray(at, at + dimension))
  }
  return shardOf({ dimension, values, scores }, { shard: shard.shard, of: shards.length })
}

/** Everything a combiner could change, copied. */
export const snapshot = (shards: readonly SubPosteriorDraws[]) =>
  Promise.all(shards.map(async shard => structuredClone({ ...shard, draws: await shard.draws() })))
