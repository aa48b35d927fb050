import { mayBeCorrelated } from './correlation-screen.js'
import type { LowRankEstimate } from './low-rank-estimate.js'
import type { DrawsRead } from './recent-draws.js'

/** Times that an estimate of a few draws must gain to be more than chance. */
const MOST_DOUBT = 3.5
/** Times its own cost that a correction must gain: estimates take time, and draws of fewer, longer steps are less different from each other. */
const MARGIN = 3

/** What a low-rank metric is to be good for. */
export interface LowRankAim {
  /** The cost of a leapfrog step with so many of `dimension` directions, in steps without any: it chooses how many are corrected. */
  stepCost(directions: number, dimension: number): number
  /** Whether a large model is looked at in the early phase already, where a step of the diagonal metric is the dearest. */
  readonly looksEarly: boolean
  /** Whether draws are worth an estimate. */
  mayPay(draws: DrawsRead, dimension: number): boolean
  /** Whether an estimate is used at all. */
  isWorthIt(estimate: LowRankEstimate): boolean
}

/**
 * Few gradients: whatever corrects more than chance.
 *
 * A direction costs something all the same, so that those that change nothing are left out.
 */
export const FEW_GRADIENTS: LowRankAim = {
  stepCost: directions => 1 + directions / 20_000,
  looksEarly: true,
  mayPay: () => true,
  isWorthIt: () => true,
}

/**
 * Little time where gradients are cheap: 12 directions cost as much as such a step without them, up to half of all, above which the whole matrix is cheaper.
 * An estimate must gain three times what its steps cost, and 1.5 times where it is sure, up to 3.5 times where there are few draws for the dimension and some of the
 * gain is chance.
 */
export const LITTLE_TIME: LowRankAim = {
  stepCost: (directions, dimension) => 1 + Math.min(directions, dimension / 2) / 12,
  looksEarly: false,
  mayPay: mayBeCorrelated,
  isWorthIt({ gain, eigenvalues, scales, count }) {
    const cost = LITTLE_TIME.stepCost(eigenvalues.length, scales.length)
    return gain > Math.max(MARGIN * cost, Math.min(MOST_DOUBT, 1.5 * (1 + scales.length / count)) + cost - 1)
  },
}
