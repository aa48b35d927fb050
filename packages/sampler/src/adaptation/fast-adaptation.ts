import type { SavedState } from '../chain/saved-state.js'
import type { PhasePoint } from '../engine/phase-point.js'
import type { Transition } from '../engine/transition.js'
import { restoreMetric } from '../metric/restore-metric.js'
import type { Metric } from '../metric/metric.js'
import type { Adaptation } from './adaptation.js'
import { createDualAveraging } from './dual-averaging.js'
import { EARLY_WINDOW, LEAST_FINAL, LONG_WINDOW, WINDOW_GROWTH, fastSchedule } from './fast-schedule.js'
import type { MetricLearner } from './metric-learner.js'
import { joinStates, stateOf } from './nested-state.js'
import { recentLogDensities } from './recent-log-densities.js'

/** The step size before the first search. */
const FIRST_STEP = 0.1
/** No end before this many iterations, the last `LEAST_FINAL` of them with a fixed metric. */
const EARLIEST_END = 200
/** Iterations between two looks whether the metric may be fixed early. */
const LOOK_EVERY = 20

/**
 * Warm-up in a few hundred iterations: the metric follows a foreground window of draws and gradients that is replaced often at first, and the average
 * of the step size is never started anew but when the metric first changes, or changes its kind. Divergent transitions and those that stay where they are teach the
 * metric nothing.
 *
 * With `earlyStop`, the metric is fixed as soon as the log densities of the latest 100 iterations show no trend, and warm-up is over 60
 * iterations later if they still do not, never before 200 iterations; else the metric learns on.
 *
 * Source: nuts-rs; Seyboldt, Carlson & Carpenter, "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence".
 */
export function createFastAdaptation(
  learner: MetricLearner,
  options: { readonly warmup: number; readonly targetAcceptProb: number; readonly earlyStop: boolean },
): Adaptation {
  const { warmup, targetAcceptProb, earlyStop } = options
  const schedule = fastSchedule(warmup)
  const averaging = createDualAveraging(targetAcceptProb, FIRST_STEP)
  const logDensities = recentLogDensities()
  let metric: Metric = learner.first
  let isFirstMetric = true
  let needsStepSize = true
  let learnt = 0
  let window = LONG_WINDOW
  let lastLogDensity = NaN
  let fixedFrom = schedule.finalStart
  let end = warmup

  function learnMetric(iteration: number, transition: Transition, point: PhasePoint): void {
    if (!transition.diverging && point.logDensity !== lastLogDensity) learner.add(point)
    const isEarly = iteration < schedule.earlyEnd
    const wanted = isEarly ? EARLY_WINDOW : window
    let switched = false
    if (learner.backgroundCount() >= wanted && (isEarly || iteration + 1 + wanted <= schedule.finalStart)) {
      learner.switch()
      switched = true
      if (!isEarly) window = Math.floor(WINDOW_GROWTH * window)
    }
    const next = learner.refresh(metric, { iteration, switched, isEarly, isLast: iteration + 1 === fixedFrom })
    if (!next) return
    needsStepSize ||= isFirstMetric || next.kind !== metric.kind
    isFirstMetric = false
    metric = next
  }

  /** Fixes the metric, or frees it again where the chain turns out to be still on its way. */
  function lookForEnd(): void {
    if (learnt < fixedFrom) {
      const isTime = learnt >= EARLIEST_END - LEAST_FINAL && learnt % LOOK_EVERY === 0 && learnt + LEAST_FINAL < warmup
      if (!isTime || !logDensities.areLevel()) return
      fixedFrom = learnt
      end = learnt + LEAST_FINAL
    } else if (learnt === end && end < warmup && !logDensities.areLevel()) {
      fixedFrom = Math.max(schedule.finalStart, learnt)
      end = warmup
    }
  }

  const adaptation: Adaptation = {
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
      return learnt >= end
    },
    learn(iteration, transition, point) {
      averaging.learn(transition.acceptProb)
      logDensities.add(point.logDensity)
      learnt++
      if (iteration < fixedFrom) learnMetric(iteration, transition, point)
      lastLogDensity = point.logDensity
      if (earlyStop) lookForEnd()
    },
    restartStepSize(stepSize) {
      averaging.restart(stepSize)
      needsStepSize = false
    },
    save: (): SavedState =>
      joinStates({
        progress: {
          progress: Float64Array.of(Number(needsStepSize), Number(isFirstMetric), learnt, window, lastLogDensity, fixedFrom, end),
        },
        averaging: averaging.save(),
        logDensities: logDensities.save(),
        learner: learner.save(),
        metric: metric.save(),
      }),
    restore(saved) {
      const [wanted, first, ...counters] = stateOf('progress', saved).progress
      needsStepSize = wanted === 1
      isFirstMetric = first === 1
      ;[learnt, window, lastLogDensity, fixedFrom, end] = counters
      averaging.restore(stateOf('averaging', saved))
      logDensities.restore(stateOf('logDensities', saved))
      learner.restore(stateOf('learner', saved))
      metric = restoreMetric(stateOf('metric', saved))
    },
  }
  return adaptation
}
