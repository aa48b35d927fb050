import type { SavedState } from '../chain/saved-state.js'
import { denseMetrics } from '../metric/dense-metric.js'
import { diagonalMetrics } from '../metric/diagonal-metric.js'
import type { MetricFamily, MetricKind } from '../metric/metric.js'
import type { Adaptation } from './adaptation.js'
import { createDualAveraging } from './dual-averaging.js'
import { warmupSchedule } from './warmup-schedule.js'

const families: Readonly<Record<MetricKind, MetricFamily>> = { diagonal: diagonalMetrics, dense: denseMetrics }

/** Stan's adaptation: dual averaging of the step size, metric from windows of `warmupSchedule`. */
export function createStanAdaptation(options: {
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
  let needsStepSize = true
  let learnt = 0

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
    get needsStepSize() {
      return needsStepSize
    },
    get isOver() {
      return learnt >= options.warmup
    },
    learn(iteration, { acceptProb }, { position }) {
      averaging.learn(acceptProb)
      learnt++
      if (iteration >= slowStart && iteration < slowEnd) estimator.add(position)
      if (!ends.has(iteration)) return
      metric = estimator.finish(metric)
      needsStepSize = true
    },
    restartStepSize(stepSize) {
      averaging.restart(stepSize)
      needsStepSize = false
    },
    save: (): SavedState => ({}),
    restore: () => undefined,
  }
}
