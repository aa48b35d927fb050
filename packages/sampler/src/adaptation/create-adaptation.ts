import { denseMetric } from '../metric/dense-metric.js'
import { diagonalMetric, unitMetric } from '../metric/diagonal-metric.js'
import type { Metric } from '../metric/metric.js'
import type { Adaptation } from './adaptation.js'
import { denseLearner } from './dense-learner.js'
import { diagonalLearner } from './diagonal-learner.js'
import { createFastAdaptation } from './fast-adaptation.js'
import { FEW_GRADIENTS, LITTLE_TIME } from './low-rank-aim.js'
import { lowRankLearner } from './low-rank-learner.js'
import type { MetricLearner } from './metric-learner.js'
import { createStanAdaptation } from './stan-adaptation.js'
import { startVariances } from './start-metric.js'

/** How warm-up goes: `fast` learns from draws and gradients in a few hundred iterations, `stan` from draws, in Stan's windows. */
export type AdaptationKind = 'fast' | 'stan'

/** The shape of metric to learn. `auto`: dense where a matrix is given to start with; else, with `fast`, low-rank where that promises to pay; else diagonal. */
export type MetricChoice = 'auto' | 'diagonal' | 'dense' | 'low-rank'

export interface AdaptationOptions {
  readonly dimension: number
  /** Default `fast`. */
  readonly adaptation?: AdaptationKind
  /** Default `auto`. */
  readonly metric?: MetricChoice
  /** Planned iterations. */
  readonly warmup: number
  /** The mean acceptance probability that the step size aims at, in (0, 1). */
  readonly targetAcceptProb: number
  /** Whether `fast` may end before `warmup` iterations, never before 200. Default false. */
  readonly earlyStop?: boolean
  readonly start: AdaptationStart
}

/** What is known where the chain starts. */
export interface AdaptationStart {
  /** Gradient of the log density at the start: d values. */
  readonly gradient: Float64Array
  /** Rough variances, as of L-BFGS or Pathfinder: d values. `stan` starts with the identity all the same. */
  readonly variances?: Float64Array
  /** An inverse metric to start with, as from a file: d variances, or a d x d covariance matrix, row-major. Wins over `variances`. */
  readonly inverseMetric?: Float64Array
}

/**
 * What warm-up of one chain learns, by the chosen way. Adapts further from a given inverse metric. Throws a RangeError when a vector of the start does not fit
 * the dimension, has values that are not finite or variances that are not positive, or when the given matrix is not positive definite.
 */
export function createAdaptation(options: AdaptationOptions): Adaptation {
  const { warmup, targetAcceptProb } = options
  const given = givenMetric(options)
  const wanted = options.metric ?? 'auto'
  const metric = wanted === 'auto' && given?.kind === 'dense' ? 'dense' : wanted
  if (options.adaptation === 'stan') {
    return createStanAdaptation({
      ...options,
      metric: metric === 'auto' ? 'diagonal' : metric,
      first: given ?? unitMetric(options.dimension),
    })
  }
  const first = given ?? diagonalMetric(startingVariances(options))
  return createFastAdaptation(learnerOf(metric, first, options.dimension), {
    warmup,
    targetAcceptProb,
    earlyStop: options.earlyStop ?? false,
  })
}

function learnerOf(metric: MetricChoice, first: Metric, dimension: number): MetricLearner {
  switch (metric) {
    case 'diagonal':
      return diagonalLearner(first, dimension)
    case 'dense':
      return denseLearner(first, dimension)
    case 'low-rank':
      return lowRankLearner(first, dimension, FEW_GRADIENTS)
    case 'auto':
      return lowRankLearner(first, dimension, LITTLE_TIME)
  }
}

function startingVariances({ start, dimension }: AdaptationOptions): Float64Array {
  if (start.variances) return requirePositive('variances', start.variances, dimension)
  if (start.gradient.length !== dimension) throw wrongLength('gradient', start.gradient.length, `${dimension}`)
  return startVariances(start.gradient)
}

function givenMetric({ start, dimension }: AdaptationOptions): Metric | null {
  const { inverseMetric } = start
  if (!inverseMetric) return null
  if (inverseMetric.length === dimension) return diagonalMetric(requirePositive('inverseMetric', inverseMetric, dimension))
  const square = dimension * dimension
  if (inverseMetric.length !== square) throw wrongLength('inverseMetric', inverseMetric.length, `${dimension} or ${square}`)
  const dense = denseMetric(inverseMetric.slice(), dimension)
  if (!dense) throw new RangeError('inverseMetric is not a positive definite matrix')
  return dense
}

function requirePositive(name: string, values: Float64Array, dimension: number): Float64Array {
  if (values.length !== dimension) throw wrongLength(name, values.length, `${dimension}`)
  const bad = values.findIndex(value => !(value > 0 && value < Infinity))
  if (bad >= 0) throw new RangeError(`${name}[${bad}] must be positive and finite, not ${values[bad]}`)
  return values.slice()
}

const wrongLength = (name: string, length: number, expected: string): RangeError =>
  new RangeError(`${name} has ${length} values, not ${expected}`)
