import { createStream, foldIn, prngKey } from '@chorale/random'
import type { MomentBatch, SubPosteriorDraws } from '@chorale/core/contracts'
import { cholesky, choleskyWithRidge, inverseFromCholesky } from '../src/linear-algebra/cholesky.js'
import type { CombinedMoments } from '../src/index.js'
import { gammaVariates, gaussianSample, realParameters, shardOf, withoutScores } from './shards.js'

/** A Gaussian sub-posterior of a run: covariance row-major. */
export interface Part {
  readonly mean: readonly number[]
  readonly covariance: ArrayLike<number>
}

export interface Inflation {
  readonly draws?: number
  readonly seed?: number
  readonly scores?: 'recorded' | 'none'
}

/** Draws of each part with its density to the power K: whole prior and Jacobian, likelihood to the power K. */
export function inflatedShards(
  parts: readonly Part[],
  { draws = 4000, seed = 1, scores = 'recorded' }: Inflation = {},
): SubPosteriorDraws[] {
  const powers = { prior: 1, jacobian: 1, likelihood: parts.length }
  return parts.map(({ mean, covariance }, shard) => {
    const sample = gaussianSample({
      mean,
      covariance: Array.from(covariance, value => value / parts.length),
      draws,
      seed: 100 * seed + shard,
    })
    return shardOf(scores === 'recorded' ? sample : withoutScores(sample), { shard, of: parts.length, powers })
  })
}

/** Draws of each part as it is. */
export const fractionatedShards = (
  parts: readonly Part[],
  { draws = 4000, seed = 1, scores = 'recorded' }: Inflation = {},
): SubPosteriorDraws[] =>
  parts.map(({ mean, covariance }, shard) => {
    const sample = gaussianSample({ mean, covariance, draws, seed: 100 * seed + shard })
    return shardOf(scores === 'recorded' ? sample : withoutScores(sample), { shard, of: parts.length })
  })

/** Mean and covariance of the product of the parts, in closed form. */
export function productOf(parts: readonly Part[]): CombinedMoments {
  const dimension = parts[0].mean.length
  const total = new Float64Array(dimension * dimension)
  const shift = new Float64Array(dimension)
  for (const { mean, covariance } of parts) {
    const precision = inverseFromCholesky(cholesky(Float64Array.from(covariance), dimension)!, dimension)
    precision.forEach((value, at) => {
      total[at] += value
      shift[Math.floor(at / dimension)] += value * mean[at % dimension]
    })
  }
  const covariance = inverseFromCholesky(choleskyWithRidge(total, dimension)!, dimension)
  const mean = shift.map((_, i) => shift.reduce((sum, value, j) => sum + covariance[i * dimension + j] * value, 0))
  return { mean, covariance }
}

/** `count` covariances of different scale and correlation: (1 + s/count) (I + v v'), v_j = cos(s j). */
export const unlikeCovariances = (count: number, dimension: number): number[][] =>
  Array.from({ length: count }, (_, place) => {
    const s = place + 1
    const v = Array.from({ length: dimension }, (_, j) => Math.cos(s * (j + 1)))
    return v.flatMap((a, i) => v.map((b, j) => (1 + s / count) * ((i === j ? 1 : 0) + a * b)))
  })

/** Sub-posteriors of independent rows about one truth: m_s ~ N(truth, V_s). */
export function scatteredParts(covariances: readonly (readonly number[])[], seed: number, truth = 0): Part[] {
  return covariances.map((covariance, s) => {
    const dimension = Math.sqrt(covariance.length)
    const { values } = gaussianSample({ mean: new Array<number>(dimension).fill(truth), covariance, draws: 1, seed: 1000 * seed + s })
    return { mean: Array.from(values), covariance }
  })
}

/**
 * The moments that `draws` independent draws of a Gaussian would have, without the draws: its own with exact scores (`score`), or a sample mean and a Wishart matrix
 * (`draws only`; Bartlett's decomposition).
 */
export function momentShard(
  { mean, covariance }: Part,
  { shard, of, draws, seed, kind }: { shard: number; of: number; draws: number; seed: number; kind: 'score' | 'draws only' },
): SubPosteriorDraws {
  const dimension = mean.length
  const batch = kind === 'score' ? exactMoments(mean, covariance, draws) : wishartMoments(mean, covariance, draws, seed)
  return {
    shard,
    rows: 100,
    parameters: realParameters(dimension),
    moments: { dimension, batches: [batch] },
    ess: { mean: new Float64Array(dimension).fill(draws), squared: new Float64Array(dimension).fill(draws) },
    powers: { prior: 1 / of, jacobian: 1 / of, likelihood: 1 },
    draws: () => Promise.reject(new Error('there are no draws')),
  }
}

function exactMoments(mean: readonly number[], covariance: ArrayLike<number>, count: number): MomentBatch {
  const dimension = mean.length
  const scoreCrossProducts = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) scoreCrossProducts[i * (dimension + 1)] = -(count - 1)
  return {
    count,
    mean: Float64Array.from(mean),
    crossProducts: Float64Array.from(covariance, value => value * (count - 1)),
    scoreMean: new Float64Array(dimension),
    scoreCrossProducts,
  }
}

function wishartMoments(mean: readonly number[], covariance: ArrayLike<number>, count: number, seed: number): MomentBatch {
  const dimension = mean.length
  const factor = cholesky(Float64Array.from(covariance), dimension)!
  const stream = createStream(foldIn(prngKey(seed), 1))
  const gamma = gammaVariates(seed)
  const times = (lower: Float64Array, other: Float64Array): Float64Array =>
    lower.map((_, at) => {
      const [i, j] = [Math.floor(at / dimension), at % dimension]
      let value = 0
      for (let k = 0; k <= i; k++) value += lower[i * dimension + k] * other[k * dimension + j]
      return value
    })
  const bartlett = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < i; j++) bartlett[i * dimension + j] = stream.normal()
    bartlett[i * (dimension + 1)] = Math.sqrt(2 * gamma((count - 1 - i) / 2))
  }
  const root = times(factor, bartlett)
  const crossProducts = root.map((_, at) => {
    const [i, j] = [Math.floor(at / dimension), at % dimension]
    let value = 0
    for (let k = 0; k < dimension; k++) value += root[i * dimension + k] * root[j * dimension + k]
    return value
  })
  const z = Float64Array.from({ length: dimension }, () => stream.normal() / Math.sqrt(count))
  const moved = Float64Array.from(mean, (value, i) =>
    z.slice(0, i + 1).reduce((sum, part, k) => sum + factor[i * dimension + k] * part, value),
  )
  return { count, mean: moved, crossProducts, scoreMean: new Float64Array(0), scoreCrossProducts: new Float64Array(0) }
}
