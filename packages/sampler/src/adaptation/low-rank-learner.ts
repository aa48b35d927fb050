import type { SavedState } from '../chain/saved-state.js'
import { diagonalMetric } from '../metric/diagonal-metric.js'
import { lowRankMetric } from '../metric/low-rank-metric.js'
import type { Metric } from '../metric/metric.js'
import { diagonalLearner } from './diagonal-learner.js'
import { MOST_DIRECTIONS, isWhole, lowRankEstimate, type LowRankEstimate } from './low-rank-estimate.js'
import type { MetricLearner, Moment } from './metric-learner.js'
import { joinStates, stateOf } from './nested-state.js'
import { drawCapacity, recentDraws } from './recent-draws.js'

/** Draws below which no correlations are looked for. */
const LEAST_DRAWS = 15
/** The latest share of draws that counts, and how many at most where they do not determine all directions. */
const LATEST_SHARE = 0.7
const MOST_DOUBT = 3.5
const MOST_OF_FEW = 100
/** Draws after which a metric of all directions is made anew. */
const WHOLE_AGAIN = 150

/**
 * Whether so many times fewer leapfrog steps are worth a step that costs more: one time more for every 20 directions, taken to cost what a cheap gradient
 * does, and 1.5 times where the estimate is sure, up to 3.5 times where there are few draws for the dimension and some of the gain is chance.
 */
export const promisesToPay = ({ gain, eigenvalues, scales, count }: LowRankEstimate): boolean =>
  gain > Math.min(MOST_DOUBT, 1.5 * (1 + scales.length / count)) + eigenvalues.length / 20

/**
 * A low-rank correction of the diagonal metric: first made when the early phase is over, then when the windows switch, as soon as the draws determine all
 * directions, and at the end. An estimate costs as much as hundreds of steps of a small model: where `isWorthIt` refuses one, the metric stays diagonal.
 */
export function lowRankLearner(first: Metric, d: number, isWorthIt: (estimate: LowRankEstimate) => boolean): MetricLearner {
  const diagonal = diagonalLearner(first, d)
  const recent = recentDraws(d, drawCapacity(d))
  let sinceWhole = Infinity
  let asked = false
  let refused = false

  /** All directions of a large model: the dearest estimate, and the best. */
  const isCostly = (draws: number): boolean => d > MOST_DIRECTIONS && isWhole(draws, d)

  const isDue = ({ isEarly, switched, isLast }: Moment): boolean => {
    if (refused || isEarly || recent.count() < LEAST_DRAWS) return false
    if (!asked) return true
    if (isCostly(recent.count())) return sinceWhole >= WHOLE_AGAIN
    return isLast || switched
  }

  const estimate = (): Metric => {
    const latest = Math.max(LEAST_DRAWS, Math.floor(LATEST_SHARE * recent.count()))
    const costly = asked && isCostly(recent.count())
    asked = true
    if (costly) sinceWhole = 0
    const most = costly ? Infinity : d <= MOST_DIRECTIONS ? latest : Math.min(MOST_OF_FEW, latest)
    const { count, draws, gradients } = recent.read(most)
    const scaled = diagonal.variances()
    const found = lowRankEstimate(count, draws, gradients, scaled.map(Math.sqrt))
    if (found && isWorthIt(found)) return lowRankMetric(found)
    refused = found !== null
    return diagonalMetric(scaled)
  }

  return {
    first,
    add(point) {
      diagonal.add(point)
      recent.add(point.position, point.gradient)
      sinceWhole++
    },
    backgroundCount: diagonal.backgroundCount,
    switch: diagonal.switch,
    refresh(present, moment) {
      if (isDue(moment)) return estimate()
      return present.kind === 'low-rank' ? null : diagonal.refresh(present, moment)
    },
    save: (): SavedState =>
      joinStates({
        diagonal: diagonal.save(),
        recent: recent.save(),
        own: { own: Float64Array.of(sinceWhole, Number(asked), Number(refused)) },
      }),
    restore(saved) {
      diagonal.restore(stateOf('diagonal', saved))
      recent.restore(stateOf('recent', saved))
      const [whole, wasAsked, wasRefused] = stateOf('own', saved).own
      sinceWhole = whole
      asked = wasAsked === 1
      refused = wasRefused === 1
    },
  }
}
