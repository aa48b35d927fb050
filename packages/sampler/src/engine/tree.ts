import type { RandomStream } from '@chorale/random'
import type { PhasePoint, PlacedVector, PointPool } from './phase-point.js'
import type { PhaseSpace, Stretch } from './phase-space.js'

/** A stretch of a trajectory, in the order in which it was built. A leaf is one point. */
export interface Tree {
  first: PhasePoint
  last: PhasePoint
  /** One of its points, drawn with probability proportional to weight. */
  proposal: PhasePoint
  /** Sum of the momenta of all its points (rho): its own vector, or that of its only point. */
  momentumSum: PlacedVector
  readonly ownSum: PlacedVector
  /** Log of the sum of exp(initial energy - energy). */
  logWeight: number
}

/** A tree to be filled. */
export const emptyTree = (space: PhaseSpace, point: PhasePoint): Tree => {
  const ownSum = space.createSum()
  return { first: point, last: point, proposal: point, momentumSum: ownSum, ownSum, logWeight: -Infinity }
}

/** What makes a trajectory a draw of NUTS. Tests replace a rule by a wrong one, to prove that they would notice. */
export interface TrajectoryRules {
  /** Log weight of a point whose energy exceeds the initial one by `energyError`. */
  logWeight(energyError: number): number
  /**
   * Whether the trajectory made of `left` and then `right`, whose momenta add up to `sum`, turns back: instead of the criterion of the phase space, which is
   * that of Betancourt (2017), appendix A.4.2, with the checks across subtrees of Stan 2.21 (`base_nuts.hpp`): from the far end of each to the near end of the
   * other, without which nearly periodic orbits go around unnoticed.
   */
  readonly isTurning?: (left: Stretch, right: Stretch, sum: Float64Array) => boolean
}

export const nutsRules: TrajectoryRules = { logWeight: energyError => -energyError }

/** Makes `leaf` the tree of one point, whose momentum it borrows as its sum. */
export function plantLeaf(leaf: Tree, point: PhasePoint, logWeight: number): void {
  leaf.first = point
  leaf.last = point
  leaf.proposal = point
  leaf.momentumSum = point.momentumSum
  leaf.logWeight = logWeight
  point.roles = 3
}

/**
 * How the proposal of a joined tree is drawn. `multinomial`: in proportion to weight, inside a subtree. `progressive`: biased towards the new half,
 * min(1, weight of new / weight of old), between the trajectory and its extension (Betancourt 2017, appendix A.3.2).
 */
export type ProposalDraw = 'multinomial' | 'progressive'

/** Joins two neighbouring trees, which are used up, into `whole`. Returns whether the joined tree goes on (has not turned). */
export function joinInto(
  whole: Tree,
  left: Tree,
  right: Tree,
  draw: ProposalDraw,
  rules: TrajectoryRules,
  space: PhaseSpace,
  stream: RandomStream,
  pool: PointPool,
): boolean {
  const gap = right.logWeight - left.logWeight
  /** The smaller weight divided by the greater one. */
  const ratio = Math.exp(gap > 0 ? -gap : gap)
  const greater = gap > 0 ? right : left
  whole.logWeight = greater.logWeight + Math.log1p(ratio)
  const odds = gap > 0 ? 1 : ratio
  const chanceOfRight = draw === 'progressive' ? odds : odds / (1 + ratio)
  const takesRight = chanceOfRight >= 1 || stream.uniform() < chanceOfRight

  const sum = whole.ownSum
  whole.momentumSum = sum
  const goesOn = space.join(sum, left, right)
  const isTurning = rules.isTurning === undefined ? !goesOn : rules.isTurning(left, right, sum.values)

  whole.first = left.first
  whole.last = right.last
  whole.proposal = takesRight ? right.proposal : left.proposal
  pool.release(takesRight ? left.proposal : right.proposal)
  pool.release(left.last)
  pool.release(right.first)
  return !isTurning
}
