import { logSumExp } from './log-sum-exp.js'

/**
 * Effective sample size of importance weights, (sum w)^2 / sum w^2: S for equal weights, 1 when one draw has all the weight.
 * NaN when a log weight is NaN or Infinity, or all are -Infinity. For dependent draws multiply it by their relative efficiency.
 *
 * Source: Kong (1992), A note on importance sampling using standardized weights.
 *
 * @param logWeights need not be normalised.
 */
export function weightEss(logWeights: Float64Array): number {
  const total = logSumExp(logWeights)
  let squares = 0
  for (const value of logWeights) squares += Math.exp(2 * (value - total))
  return 1 / squares
}
