import type {
  DrawMatrix,
  LogDensityEvaluator,
  MomentBatch,
  ParameterInfo,
  StreamedMoments,
  SubPosteriorDraws,
} from '@chorale/core/contracts'
import { createStream, foldIn, prngKey } from '@chorale/random'

/** A bivariate normal: mean (2) and precision (2 x 2, row-major). */
export interface Gaussian {
  readonly mean: readonly [number, number]
  readonly precision: readonly [number, number, number, number]
}

export const DIMENSION = 2
export const DRAWS_PER_SHARD = 4000
const BATCHES = 20

/** Four correlated sub-posteriors that neither agree in place, nor in scale, nor in the sign of their correlation. */
export const SUB_POSTERIORS: readonly Gaussian[] = [
  { mean: [0.4, -1.1], precision: [4, 2.4, 2.4, 3] },
  { mean: [0.1, -0.6], precision: [2, -1, -1, 5] },
  { mean: [0.7, -0.9], precision: [6, 1.5, 1.5, 1] },
  { mean: [-0.2, -0.8], precision: [1.5, 0.9, 0.9, 2] },
]

type Matrix = readonly [number, number, number, number]

/** Four shards of one opinion, each with a quarter of the same posterior: what methods that average inflated sub-posteriors agree on. */
export const LIKE_SUB_POSTERIORS: readonly Gaussian[] = Array.from({ length: 4 }, () => ({
  mean: [0.4, -1.1],
  precision: [4, 2.4, 2.4, 3],
}))

/** A sub-posterior with its density to the power K: the whole prior, and the likelihood to the power K. */
const inflate = ({ mean, precision: [a, b, c, d] }: Gaussian, shards: number): Gaussian => ({
  mean,
  precision: [shards * a, shards * b, shards * c, shards * d],
})

export function invert([a, b, c, d]: Matrix): Matrix {
  const determinant = a * d - b * c
  return [d / determinant, -b / determinant, -c / determinant, a / determinant]
}

const apply = ([a, b, c, d]: Matrix, [x, y]: readonly [number, number]): [number, number] => [a * x + b * y, c * x + d * y]

/** The product of the densities, in closed form: P = sum(P_s), mean = P^-1 sum(P_s m_s). */
export function productOf(shards: readonly Gaussian[]): Gaussian {
  const precision = [0, 1, 2, 3].map(i => shards.reduce((sum, shard) => sum + shard.precision[i]!, 0)) as unknown as Matrix
  const pulls = shards.map(shard => apply(shard.precision, shard.mean))
  const pull = [0, 1].map(i => pulls.reduce((sum, p) => sum + p[i]!, 0)) as [number, number]
  return { precision, mean: apply(invert(precision), pull) }
}

function drawsOf({ mean, precision }: Gaussian, seed: number): DrawMatrix {
  const [v11, v12, , v22] = invert(precision)
  const l11 = Math.sqrt(v11)
  const l21 = v12 / l11
  const l22 = Math.sqrt(v22 - l21 * l21)
  const stream = createStream(foldIn(prngKey(20160205), seed))
  const values = new Float64Array(DRAWS_PER_SHARD * DIMENSION)
  for (let i = 0; i < DRAWS_PER_SHARD; i++) {
    const [z1, z2] = [stream.normal(), stream.normal()]
    values[2 * i] = mean[0] + l11 * z1
    values[2 * i + 1] = mean[1] + l21 * z1 + l22 * z2
  }
  return { draws: DRAWS_PER_SHARD, dimension: DIMENSION, values }
}

/** The score of a Gaussian at a point: -P (theta - mean). */
const score = ({ mean, precision }: Gaussian, point: readonly [number, number]): [number, number] => {
  const [x, y] = apply(precision, [point[0] - mean[0], point[1] - mean[1]])
  return [-x, -y]
}

function batchOf(points: readonly (readonly [number, number])[], gaussian: Gaussian): MomentBatch {
  const scores = points.map(point => score(gaussian, point))
  const meanOf = (rows: readonly (readonly [number, number])[]): Float64Array =>
    Float64Array.from([0, 1], j => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length)
  const [mean, scoreMean] = [meanOf(points), meanOf(scores)]
  const cross = (rows: readonly (readonly [number, number])[], centre: Float64Array): Float64Array =>
    Float64Array.from([0, 1, 2, 3], cell => {
      const [j, k] = [cell >> 1, cell & 1]
      return rows.reduce((sum, row, i) => sum + (row[j]! - centre[j]!) * (points[i]![k]! - mean[k]!), 0)
    })
  return { count: points.length, mean, crossProducts: cross(points, mean), scoreMean, scoreCrossProducts: cross(scores, scoreMean) }
}

function streamed({ draws, values }: DrawMatrix, gaussian: Gaussian): StreamedMoments {
  const points = Array.from({ length: draws }, (_, i): [number, number] => [values[2 * i]!, values[2 * i + 1]!])
  const size = draws / BATCHES
  const batches = Array.from({ length: BATCHES }, (_, b) => batchOf(points.slice(b * size, (b + 1) * size), gaussian))
  return { dimension: DIMENSION, batches, thirdMoments: new Float64Array(DIMENSION) }
}

const parameters: readonly ParameterInfo[] = [{ name: 'theta', shape: [2], support: 'real', scope: 'global', offset: 0, size: 2 }]

/** The seed of a shard's draws goes with its density, not with its place in a list. */
const seedOf = (gaussian: Gaussian): number => [...SUB_POSTERIORS, ...LIKE_SUB_POSTERIORS].indexOf(gaussian)

/**
 * Independent draws of each sub-posterior, or of each inflated, with all that a combiner may ask for. Made anew at each call, so that nobody sees another's
 * writes.
 */
export function subPosteriors(fractions: readonly Gaussian[], areInflated = false): readonly SubPosteriorDraws[] {
  const shards = fractions.length
  const powers = areInflated ? { prior: 1, jacobian: 1, likelihood: shards } : { prior: 1 / shards, jacobian: 1 / shards, likelihood: 1 }
  return fractions.map((fraction, shard) => {
    const gaussian = areInflated ? inflate(fraction, shards) : fraction
    const matrix = drawsOf(gaussian, seedOf(fraction))
    return {
      shard,
      rows: 100,
      parameters,
      moments: streamed(matrix, gaussian),
      ess: { mean: new Float64Array(2).fill(DRAWS_PER_SHARD), squared: new Float64Array(2).fill(DRAWS_PER_SHARD) },
      powers,
      draws: () => Promise.resolve(matrix),
    }
  })
}

/** Sum of the sub-posteriors' log densities, up to a constant, in closed form. */
export const evaluatorOf = (gaussians: readonly Gaussian[]): LogDensityEvaluator => ({
  budget: Infinity,
  evaluate: ({ draws, values }, { onShard }) => {
    const total = new Float64Array(draws)
    gaussians.forEach(({ mean, precision }, shard) => {
      const own = Float64Array.from({ length: draws }, (_, i) => {
        const [x, y] = [values[2 * i]! - mean[0], values[2 * i + 1]! - mean[1]]
        const [px, py] = apply(precision, [x, y])
        return -0.5 * (x * px + y * py)
      })
      own.forEach((value, i) => (total[i]! += value))
      onShard?.(shard, own)
    })
    return Promise.resolve(total)
  },
  gradients: ({ draws, dimension, values }) => {
    const logDensity = new Float64Array(draws)
    const gradients = new Float64Array(draws * dimension)
    for (const { mean, precision } of gaussians) {
      for (let i = 0; i < draws; i++) {
        const [x, y] = [values[2 * i]! - mean[0], values[2 * i + 1]! - mean[1]]
        const [px, py] = apply(precision, [x, y])
        logDensity[i]! -= 0.5 * (x * px + y * py)
        gradients[2 * i]! -= px
        gradients[2 * i + 1]! -= py
      }
    }
    return Promise.resolve({ logDensity, gradients: { draws, dimension, values: gradients } })
  },
})
