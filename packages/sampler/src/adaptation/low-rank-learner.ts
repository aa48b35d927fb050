import type { SavedState } from '../chain/saved-state.js'
import { diagonalMetric } from '../metric/diagonal-metric.js'
import { lowRankMetric } from '../metric/low-rank-metric.js'
import type { Metric } from '../metric/metric.js'
import { diagonalLearner } from './diagonal-learner.js'
import type { LowRankAim } from './low-rank-aim.js'
import { MOST_DIRECTIONS, isWhole, lowRankEstimate } from './low-rank-estimate.js'
import type { MetricLearner, Moment } from './metric-learner.js'
import { joinStates, stateOf } from './nested-state.js'
import { drawCapacity, recentDraws } from './recent-draws.js'

/** Draws below which no correlations are looked for. */
const LEAST_DRAWS = 15
/** The latest share of draws that counts, and how many at most where they do not determine all directions. */
const LATEST_SHARE = 0.7
const MOST_OF_FEW = 100
/** Draws after which a metric of all directions is made anew. */
const WHOLE_AGAIN = 150
/** Draws after which a large model is looked at in the early phase. */
const EARLY_LOOK = 40

/**
 * A low-rank correction of the diagonal metric: first made when the early phase is over, of large models in it, then when the windows switch, as soon as the
 * draws determine all directions, and at the end. An estimate costs as much as hundreds of steps of a small model: where the first is not worth it, the metric stays diagonal.
 */
export function lowRankLearner(first: Metric, d: number, { stepCost, looksEarly, mayPay, isWorthIt }: LowRankAim): MetricLearner {
  const diagonal = diagonalLearner(first, d)
  const recent = recentDraws(d, drawCapacity(d))
  const isLarge = d > MOST_DIRECTIONS
  let sinceWhole = Infinity
  let sinceLook = 0
  let asked = false
  let refused = false

  /** All directions of a large model: the dearest estimate, and the best. */
  const isCostly = (draws: number): boolean => isLarge && isWhole(draws, d)
  /** Whether an estimate of few draws will be followed by one of all directions. */
  const isPassing = isLarge && isWhole(drawCapacity(d), d)

  const isDue = ({ isEarly, switched, isLast }: Moment): boolean => {
    if (refused || recent.count() < LEAST_DRAWS) return false
    if (isEarly) return looksEarly && isLarge && sinceLook >= EARLY_LOOK
    if (!asked) return true
    if (isCostly(recent.count())) return sinceWhole >= WHOLE_AGAIN
    return isLast || (switched && !isPassing)
  }

  const estimate = (isEarly: boolean): Metric => {
    const latest = Math.max(LEAST_DRAWS, Math.floor(LATEST_SHARE * recent.count()))
    const costly = asked && isCostly(recent.count())
    asked ||= !isEarly
    sinceLook = 0
    if (costly) sinceWhole = 0
    const most = costly ? Infinity : !isLarge ? latest : Math.min(MOST_OF_FEW, latest)
    const scaled = diagonal.variances()
    const draws = recent.read(most)
    const isHopeless = !mayPay(draws, d)
    const found = isHopeless ? null : lowRankEstimate(draws, scaled.map(Math.sqrt), directions => stepCost(directions, d))
    if (found && isWorthIt(found)) return lowRankMetric(found)
    // What an early look does not show may show later.
    refused = (isHopeless || found !== null) && !isEarly
    return diagonalMetric(scaled)
  }

  return {
    first,
    add(point) {
      diagonal.add(point)
      recent.add(point.position, point.gradient)
      sinceWhole++
      sinceLook++
    },
    backgroundCount: diagonal.backgroundCount,
    switch: diagonal.switch,
    refresh(present, moment) {
      if (isDue(moment)) return estimate(moment.isEarly)
      return present.kind === 'low-rank' ? null : diagonal.refresh(present, moment)
    },
    save: (): SavedState =>
      joinStates({
        diagonal: diagonal.save(),
        recent: recent.save(),
        own: { own: Float64Array.of(sinceWhole, sinceLook, Number(asked), Number(refused)) },
      }),
    restore(saved) {
      diagonal.restore(stateOf('diagonal', saved))
      recent.restore(stateOf('recent', saved))
      const [whole, look, wasAsked, wasRefused] = stateOf('own', saved).own
      sinceWhole = whole
      sinceLook = look
      asked = wasAsked === 1
      refused = wasRefused === 1
    },
  }
}
