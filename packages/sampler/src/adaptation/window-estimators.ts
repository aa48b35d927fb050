import type { Stateful } from '../chain/saved-state.js'
import type { PhasePoint } from '../engine/phase-point.js'
import { denseMetric } from '../metric/dense-metric.js'
import { diagonalMetric, type DiagonalMetric } from '../metric/diagonal-metric.js'
import { lowRankMetric } from '../metric/low-rank-metric.js'
import type { Metric } from '../metric/metric.js'
import { FEW_GRADIENTS } from './low-rank-aim.js'
import { lowRankEstimate } from './low-rank-estimate.js'
import { joinStates, stateOf } from './nested-state.js'
import { drawCapacity, recentDraws } from './recent-draws.js'
import { runningCovariance, runningVariance } from './welford.js'

/** Collects the draws of a window of Stan's warm-up. */
export interface WindowEstimator extends Stateful {
  add(point: PhasePoint): void
  /** The metric of the draws since the last call, or what can be kept of `previous` where they give no finite one. Forgets the draws. */
  finish(previous: Metric): Metric
}

/**
 * Weight of a window's own estimate, and what is added to each variance: shrinkage of n draws towards 0.001, as in Stan
 * (reference manual, "HMC algorithm parameters"; `var_adaptation.hpp`).
 */
export const shrinkage = (n: number): { readonly weight: number; readonly addition: number } => ({
  weight: n / (n + 5),
  addition: 1e-3 * (5 / (n + 5)),
})

/** Sample variances, shrunk. A coordinate whose variance is not finite keeps its old entry, or gets 1 where there is none. */
export function varianceEstimator(dimension: number): WindowEstimator {
  const moments = runningVariance(dimension)
  return {
    add: ({ position }) => moments.add(position),
    finish(previous) {
      const { weight, addition } = shrinkage(moments.count())
      const old = previous.kind === 'diagonal' ? previous.inverse : new Float64Array(dimension).fill(1)
      const variances = moments.read().map((v, i) => (Number.isFinite(v) ? weight * v + addition : old[i]))
      moments.reset()
      return diagonalMetric(variances)
    },
    save: moments.save,
    restore: moments.restore,
  }
}

/** Sample covariance, shrunk towards a small multiple of the identity. Keeps the old metric where that is not positive definite. */
export function covarianceEstimator(dimension: number): WindowEstimator {
  const moments = runningCovariance(dimension)
  return {
    add: ({ position }) => moments.add(position),
    finish(previous) {
      const covariance = shrunkCovariance(moments.count(), moments.read(), dimension)
      moments.reset()
      return denseMetric(covariance, dimension) ?? previous
    },
    save: moments.save,
    restore: moments.restore,
  }
}

/** `lowRankEstimate` of the latest draws of a window on the scale of their standard deviations; Stan's variances where it finds nothing to correct. */
export function lowRankEstimator(dimension: number): WindowEstimator {
  const stepCost = (directions: number): number => FEW_GRADIENTS.stepCost(directions, dimension)
  const variances = varianceEstimator(dimension)
  const recent = recentDraws(dimension, drawCapacity(dimension))
  return {
    add(point) {
      variances.add(point)
      recent.add(point.position, point.gradient)
    },
    finish(previous) {
      const diagonal = variances.finish(previous) as DiagonalMetric
      const latest = recent.read(Infinity)
      recent.reset()
      const found = latest.count > 1 ? lowRankEstimate(latest, diagonal.inverse.map(Math.sqrt), stepCost) : null
      return found ? lowRankMetric(found) : diagonal
    },
    save: () => joinStates({ variances: variances.save(), recent: recent.save() }),
    restore(saved) {
      variances.restore(stateOf('variances', saved))
      recent.restore(stateOf('recent', saved))
    },
  }
}

/** A sample covariance (d x d) of `count` draws with Stan's shrinkage. */
function shrunkCovariance(count: number, covariance: Float64Array, dimension: number): Float64Array {
  const { weight, addition } = shrinkage(count)
  return covariance.map((c, at) => weight * c + (at % (dimension + 1) === 0 ? addition : 0))
}
