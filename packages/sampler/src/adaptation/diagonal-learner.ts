import { diagonalMetric } from '../metric/diagonal-metric.js'
import type { Metric } from '../metric/metric.js'
import { joinStates, stateOf } from './nested-state.js'
import type { MetricLearner } from './metric-learner.js'
import { scaleEstimate } from './scale-estimate.js'
import { twoWindows } from './two-windows.js'
import { runningVariance } from './welford.js'

/** Draws below which no metric is made. */
const LEAST_DRAWS = 3
/** Draws between two metrics once the quick switches are over. */
const REFRESH_EVERY = 10

/** What other learners build on. */
export interface DiagonalLearner extends MetricLearner {
  /** Draws in the foreground window. */
  count(): number
  /** The variances of the foreground window. */
  variances(): Float64Array
}

/** A diagonal metric, `scaleEstimate` of the foreground window: anew after every draw at first, later after every tenth. */
export function diagonalLearner(first: Metric, d: number): DiagonalLearner {
  const draws = twoWindows(() => runningVariance(d))
  const gradients = twoWindows(() => runningVariance(d))
  let knownBefore = variancesOf(first, d)

  const estimate = (): Float64Array =>
    draws.count() < LEAST_DRAWS ? knownBefore : scaleEstimate(draws.count(), draws.read(), gradients.read(), knownBefore)

  return {
    first,
    count: draws.count,
    variances: estimate,
    add({ position, gradient }) {
      draws.add(position)
      gradients.add(gradient)
    },
    backgroundCount: draws.backgroundCount,
    switch() {
      knownBefore = estimate()
      draws.switch()
      gradients.switch()
    },
    refresh(_present, { iteration, isEarly, isLast }) {
      const isDue = isEarly || isLast || iteration % REFRESH_EVERY === 0
      return isDue && draws.count() >= LEAST_DRAWS ? diagonalMetric(estimate()) : null
    },
    save: () => joinStates({ draws: draws.save(), gradients: gradients.save(), known: { before: knownBefore } }),
    restore(saved) {
      draws.restore(stateOf('draws', saved))
      gradients.restore(stateOf('gradients', saved))
      knownBefore = stateOf('known', saved).before
    },
  }
}

/** The diagonal of an inverse metric; ones where that is not at hand. */
function variancesOf({ kind, inverse }: Metric & { readonly inverse?: Float64Array }, d: number): Float64Array {
  if (!inverse) return new Float64Array(d).fill(1)
  return kind === 'diagonal' ? inverse : Float64Array.from({ length: d }, (_, i) => inverse[i * d + i])
}
