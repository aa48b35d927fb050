import { denseMetrics } from './dense-metric.js'
import { diagonalMetrics } from './diagonal-metric.js'
import { createDualAveraging } from './dual-averaging.js'
import type { Metric, MetricFamily, MetricKind } from './metric.js'
import { warmupSchedule } from './warmup-schedule.js'

const families: Readonly<Record<MetricKind, MetricFamily>> = { diagonal: diagonalMetrics, dense: denseMetrics }

/** The metric that warm-up begins with. */
export const identityMetric = (kind: MetricKind, dimension: number): Metric => families[kind].identity(dimension)

/** What warm-up learns, by listening to the draws. */
export interface Adaptation {
  readonly metric: Metric
  /** The step size of the next warm-up transition. */
  readonly stepSize: number
  /** The step size to sample with. */
  readonly finalStepSize: number
  /** Learns from a warm-up transition. Returns whether the metric changed, so that a new step size must be searched. */
  learn(iteration: number, acceptProb: number, position: Float64Array): boolean
  /** Starts the averaging of the step size anew. */
  restartStepSize(stepSize: number): void
}

/** Stan's adaptation: dual averaging of the step size, metric from windows of `warmupSchedule`. */
export function createAdaptation(options: {
  readonly dimension: number
  readonly metric: MetricKind
  readonly warmup: number
  readonly targetAcceptProb: number
}): Adaptation {
  const { slowStart, slowEnd, windowEnds } = warmupSchedule(options.warmup)
  const family = families[options.metric]
  const estimator = family.estimator(options.dimension)
  const averaging = createDualAveraging(options.targetAcceptProb, 1)
  const ends = new Set(windowEnds)
  let metric = family.identity(options.dimension)

  return {
    get metric() {
      return metric
    },
    get stepSize() {
      return averaging.stepSize
    },
    get finalStepSize() {
      return averaging.averagedStepSize
    },
    learn(iteration, acceptProb, position) {
      averaging.learn(acceptProb)
      if (iteration >= slowStart && iteration < slowEnd) estimator.add(position)
      if (!ends.has(iteration)) return false
      metric = estimator.finish(metric)
      return true
    },
    restartStepSize: stepSize => averaging.restart(stepSize),
  }
}
