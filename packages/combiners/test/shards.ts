import { createStream, foldIn, prngKey } from '@chorale/random'
import type {
  CombineContext,
  CombinerNeeds,
  DrawMatrix,
  MomentBatch,
  ParameterInfo,
  Powers,
  SubPosteriorDraws,
} from '@chorale/core/contracts'
import { cholesky, inverseFromCholesky } from '../src/linear-algebra/cholesky.js'

/** Draws of one shard with the gradients of its log density there, both row by row. */
export interface Sample {
  readonly dimension: number
  readonly values: Float64Array
  readonly scores?: Float64Array
}

export interface ShardSettings {
  readonly shard: number
  /** How many shards there are. */
  readonly of: number
  readonly batches?: number
  readonly ess?: number
  /** Leaves third moments out: they cost d^2 a draw. */
  readonly skewness?: 'not recorded'
  readonly powers?: Partial<Powers>
  readonly parameters?: readonly ParameterInfo[]
}

export const realParameters = (dimension: number): ParameterInfo[] =>
  Array.from({ length: dimension }, (_, i) => ({ name: `theta${i}`, shape: [], support: 'real', scope: 'global', offset: i, size: 1 }))

export function momentsOf({ dimension, values, scores }: Sample, from: number, to: number): MomentBatch {
  const count = to - from
  const mean = new Float64Array(dimension)
  const scoreMean = new Float64Array(scores ? dimension : 0)
  const crossProducts = new Float64Array(dimension * dimension)
  const scoreCrossProducts = new Float64Array(scores ? dimension * dimension : 0)
  for (let t = from; t < to; t++) {
    for (let i = 0; i < dimension; i++) {
      mean[i] += values[t * dimension + i] / count
      if (scores) scoreMean[i] += scores[t * dimension + i] / count
    }
  }
  const deviations = new Float64Array(dimension)
  for (let t = from; t < to; t++) {
    for (let j = 0; j < dimension; j++) deviations[j] = values[t * dimension + j] - mean[j]
    for (let i = 0; i < dimension; i++) {
      addMultipleAt(crossProducts, i * dimension, deviations[i], deviations)
      if (scores) addMultipleAt(scoreCrossProducts, i * dimension, scores[t * dimension + i] - scoreMean[i], deviations)
    }
  }
  return { count, mean, crossProducts, scoreMean, scoreCrossProducts }
}

function addMultipleAt(sums: Float64Array, at: number, factor: number, values: Float64Array): void {
  for (let j = 0; j < values.length; j++) sums[at + j] += factor * values[j]
}

/** A shard as core would hand it to a combiner, with independent draws unless `ess` says otherwise. */
export function shardOf(sample: Sample, settings: ShardSettings): SubPosteriorDraws {
  const { dimension, values } = sample
  const { shard, of, batches = 20, parameters = realParameters(dimension) } = settings
  const draws = values.length / dimension
  const ess = settings.ess ?? draws
  const bound = (batch: number): number => Math.floor((batch * draws) / batches)
  return {
    shard,
    rows: 100,
    parameters,
    moments: {
      dimension,
      batches: Array.from({ length: batches }, (_, b) => momentsOf(sample, bound(b), bound(b + 1))),
      ...(settings.skewness === undefined ? { thirdMoments: thirdMomentsOf(sample) } : {}),
    },
    ess: { mean: new Float64Array(dimension).fill(ess), squared: new Float64Array(dimension).fill(ess) },
    powers: { prior: 1 / of, jacobian: 1 / of, likelihood: 1, ...settings.powers },
    draws: (): Promise<DrawMatrix> => Promise.resolve({ draws, dimension, values }),
  }
}

/** E[u |u|^2] of u = inverse(L)(theta - mean), or zeros when the covariance is singular. */
function thirdMomentsOf(sample: Sample): Float64Array {
  const { dimension, values } = sample
  const draws = values.length / dimension
  const { mean, crossProducts } = momentsOf({ dimension, values }, 0, draws)
  const factor = cholesky(
    crossProducts.map(value => value / (draws - 1)),
    dimension,
  )
  const third = new Float64Array(dimension)
  if (factor === undefined) return third
  for (let t = 0; t < draws; t++) {
    const u = new Float64Array(dimension)
    for (let i = 0; i < dimension; i++) {
      u[i] = values[t * dimension + i] - mean[i]
      for (let j = 0; j < i; j++) u[i] -= factor[i * dimension + j] * u[j]
      u[i] /= factor[i * dimension + i]
    }
    const length = u.reduce((sum, value) => sum + value * value, 0)
    for (let i = 0; i < dimension; i++) third[i] += (u[i] * length) / draws
  }
  return third
}

export interface GaussianSettings {
  readonly mean: ArrayLike<number>
  /** Row-major d x d. */
  readonly covariance: ArrayLike<number>
  readonly draws: number
  readonly seed: number
}

/** Independent draws of N(mean, covariance) with their exact scores. */
export function gaussianSample({ mean, covariance, draws, seed }: GaussianSettings): Required<Sample> {
  const dimension = mean.length
  const factor = cholesky(Float64Array.from(covariance), dimension)!
  const precision = inverseFromCholesky(factor, dimension)
  const stream = createStream(prngKey(seed))
  const values = new Float64Array(draws * dimension)
  const scores = new Float64Array(draws * dimension)
  for (let t = 0; t < draws; t++) {
    const z = Array.from({ length: dimension }, () => stream.normal())
    for (let i = 0; i < dimension; i++) {
      let value = mean[i]
      for (let j = 0; j <= i; j++) value += factor[i * dimension + j] * z[j]
      values[t * dimension + i] = value
    }
    for (let i = 0; i < dimension; i++) {
      let score = 0
      for (let j = 0; j < dimension; j++) score -= precision[i * dimension + j] * (values[t * dimension + j] - mean[j])
      scores[t * dimension + i] = score
    }
  }
  return { dimension, values, scores }
}

export const withoutScores = ({ dimension, values }: Sample): Sample => ({ dimension, values })

/** Draws of a one-dimensional distribution with the derivative of its log density. */
export function scalarSample(draws: number, draw: () => number, score: (value: number) => number): Required<Sample> {
  const values = Float64Array.from({ length: draws }, draw)
  return { dimension: 1, values, scores: values.map(score) }
}

/** A Gamma(shape, 1) variate, shape > 1 (Marsaglia & Tsang 2000). */
export function gammaVariates(seed: number): (shape: number) => number {
  const stream = createStream(prngKey(seed))
  return shape => {
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = stream.normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(stream.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }
}

export const identity = (dimension: number, scale = 1): Float64Array => {
  const matrix = new Float64Array(dimension * dimension)
  for (let i = 0; i < dimension; i++) matrix[i * dimension + i] = scale
  return matrix
}

export interface Logged {
  readonly warnings: string[]
  readonly notes: string[]
}

/** A context for `combine`, and what was logged through it. */
export function contextOf<O>(
  options: O,
  { seed = 1, size = 1000 }: { seed?: number; size?: number } = {},
): { context: CombineContext<{ readonly draws: boolean; readonly evaluator: 'never' } & CombinerNeeds, O>; logged: Logged } {
  const logged: Logged = { warnings: [], notes: [] }
  const context = {
    key: foldIn(prngKey(seed), 7),
    size,
    options,
    evaluator: undefined,
    signal: new AbortController().signal,
    log: { info: (message: string) => void logged.notes.push(message), warn: (message: string) => void logged.warnings.push(message) },
  }
  return { context, logged }
}

/** sqrt((a - b)' inverse(covariance) (a - b)): the distance of means in posterior standard deviations. */
export function mahalanobis(a: ArrayLike<number>, b: ArrayLike<number>, covariance: ArrayLike<number>): number {
  const dimension = a.length
  const factor = cholesky(Float64Array.from(covariance), dimension)!
  const u = new Float64Array(dimension)
  for (let i = 0; i < dimension; i++) {
    u[i] = a[i] - b[i]
    for (let j = 0; j < i; j++) u[i] -= factor[i * dimension + j] * u[j]
    u[i] /= factor[i * dimension + i]
  }
  return Math.sqrt(u.reduce((sum, value) => sum + value * value, 0))
}
