import { atMost, floor, logSubExp, neg, select } from '../expression/elementary.js'
import { value, type Value } from '../expression/value.js'
import { isDiscrete } from '../supports/support.js'
import type { Distribution } from './distribution.js'

/** A distribution whose probabilities of intervals are known. */
export type WithTails = Distribution & Required<Pick<Distribution, 'logCdf' | 'logSurvival' | 'fixedAt'>>

export const hasTails = (distribution: Distribution): distribution is WithTails =>
  distribution.logCdf !== undefined && distribution.logSurvival !== undefined && distribution.fixedAt !== undefined

/** The end of an interval that includes `bound`, as an end that it excludes: for whole numbers the one before, for reals the same. */
export const before = (distribution: Distribution, bound: Value): Value =>
  isDiscrete(distribution.support) ? neg(floor(neg(bound))).sub(1) : bound

/**
 * log P(above < X <= upTo); an end that is undefined is infinite.
 *
 * Between two ends it is a difference of the distribution function or of the survival function, of whichever is smaller there: in a tail the other
 * is 1 up to rounding. The pair is chosen before the subtraction, so that the gradient never meets 0 times infinity.
 */
export function logProbability(distribution: WithTails, above: Value | undefined, upTo: Value | undefined): Value {
  if (above === undefined) return upTo === undefined ? value(0) : distribution.logCdf(upTo)
  if (upTo === undefined) return distribution.logSurvival(above)
  if (distribution.logInterval !== undefined) return distribution.logInterval(above, upTo)
  const belowUpper = distribution.logCdf(upTo)
  const aboveLower = distribution.logSurvival(above)
  const left = atMost(belowUpper, aboveLower)
  return logSubExp(select(left, belowUpper, aboveLower), select(left, distribution.logCdf(above), distribution.logSurvival(upTo)))
}
