import type { SavedState } from '../chain/saved-state.js'
import { unitMetric } from '../metric/diagonal-metric.js'
import type { Metric, MetricKind } from '../metric/metric.js'
import { restoreMetric } from '../metric/restore-metric.js'
import type { Adaptation } from './adaptation.js'
import { createDualAveraging } from './dual-averaging.js'
import { joinStates, stateOf } from './nested-state.js'
import { warmupSchedule } from './warmup-schedule.js'
import { covarianceEstimator, lowRankEstimator, varianceEstimator } from './window-estimators.js'

const estimators = { diagonal: varianceEstimator, dense: covarianceEstimator, 'low-rank': lowRankEstimator }

/**
 * Stan's adaptation: dual averaging of the step size, started anew whenever the metric is learnt at the end of a window of `warmupSchedule`.
 *
 * Source: Stan reference manual, "HMC algorithm parameters"; Hoffman & Gelman (2014), section 3.2, for the step size.
 */
export function createStanAdaptation(options: {
  readonly dimension: number
  readonly metric: MetricKind
  readonly warmup: number
  readonly targetAcceptProb: number
  /** The metric to start with. Default: the identity. */
  readonly first?: Metric
}): Adaptation {
  const { slowStart, slowEnd, windowEnds } = warmupSchedule(options.warmup)
  const estimator = estimators[options.metric](options.dimension)
  const averaging = createDualAveraging(options.targetAcceptProb, 1)
  const ends = new Set(windowEnds)
  let metric: Metric = options.first ?? unitMetric(options.dimension)
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
    learn(iteration, { acceptProb }, point) {
      averaging.learn(acceptProb)
      learnt++
      if (iteration >= slowStart && iteration < slowEnd) estimator.add(point)
      if (!ends.has(iteration)) return
      metric = estimator.finish(metric)
      needsStepSize = true
    },
    restartStepSize(stepSize) {
      averaging.restart(stepSize)
      needsStepSize = false
    },
    save: (): SavedState =>
      joinStates({
        progress: { progress: Float64Array.of(Number(needsStepSize), learnt) },
        averaging: averaging.save(),
        estimator: estimator.save(),
        metric: metric.save(),
      }),
    restore(saved) {
      const [wanted, done] = stateOf('progress', saved).progress
      needsStepSize = wanted === 1
      learnt = done
      averaging.restore(stateOf('averaging', saved))
      estimator.restore(stateOf('estimator', saved))
      metric = restoreMetric(stateOf('metric', saved))
    },
  }
}
