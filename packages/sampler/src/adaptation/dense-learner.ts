import { denseMetric } from '../metric/dense-metric.js'
import type { Metric } from '../metric/metric.js'
import type { MetricLearner } from './metric-learner.js'
import { diagonalLearner } from './diagonal-learner.js'
import { joinStates, stateOf } from './nested-state.js'
import { twoWindows } from './two-windows.js'
import { runningCovariance } from './welford.js'

/** A sample covariance (d x d) of `count` draws with its correlations shrunk towards zero: scales, which may differ by any factor, stay what they are. */
function shrunkCorrelations(count: number, covariance: Float64Array, d: number): Float64Array {
  const weight = count / (count + 5)
  return covariance.map((c, at) => (at % (d + 1) === 0 ? c : weight * c))
}

/**
 * A dense metric, the covariance of the foreground window with shrunk correlations, made anew at later switches and at the end; diagonal as long as there are not
 * more draws than dimensions, below which a sample covariance is singular.
 */
export function denseLearner(first: Metric, d: number): MetricLearner {
  const diagonal = diagonalLearner(first, d)
  const draws = twoWindows(() => runningCovariance(d))

  return {
    first,
    add(point) {
      diagonal.add(point)
      draws.add(point.position)
    },
    backgroundCount: diagonal.backgroundCount,
    switch() {
      diagonal.switch()
      draws.switch()
    },
    refresh(present, moment) {
      const isDue = moment.isLast || (moment.switched && !moment.isEarly)
      const n = draws.count()
      const dense = isDue && n > d ? denseMetric(shrunkCorrelations(n, draws.read(), d), d) : null
      if (dense) return dense
      return present.kind === 'dense' ? null : diagonal.refresh(present, moment)
    },
    save: () => joinStates({ diagonal: diagonal.save(), draws: draws.save() }),
    restore(saved) {
      diagonal.restore(stateOf('diagonal', saved))
      draws.restore(stateOf('draws', saved))
    },
  }
}
