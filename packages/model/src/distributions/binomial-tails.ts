import { lessThan, logistic, maximum, minimum, select } from '../expression/elementary.js'
import { apply, type Value } from '../expression/value.js'

/** Beyond this logit the smaller tail is a power of the odds to the last bit. */
const FAR = 700

/**
 * log I_p(a, b), the regularised incomplete beta function at p = logistic(logit): accurate also where p is rounded to 0 or 1, because it is taken from
 * whichever of p and 1 - p is small.
 */
export function logBetaAtLogit(a: Value, b: Value, logit: Value): Value {
  const low = minimum(maximum(logit, -FAR), 0)
  const high = maximum(minimum(logit, FAR), 0)
  const beyond = a.mul(minimum(logit.add(FAR), 0))
  return select(lessThan(logit, 0), apply('logBetaI', a, b, logistic(low)).add(beyond), apply('logBetaIc', b, a, logistic(high.neg())))
}
