import type { RandomStream } from '@chorale/random'
import type { PhasePoint, PointPool } from './phase-point.js'

/** A stretch of a trajectory, in the order in which it was built. A leaf is one point. */
export interface Tree {
  first: PhasePoint
  last: PhasePoint
  /** One of its points, drawn with probability proportional to weight. */
  proposal: PhasePoint
  /** Sum of the momenta of all its points (rho). */
  momentumSum: Float64Array
  /** Log of the sum of exp(initial energy - energy). */
  logWeight: number
}

/** What makes a trajectory a draw of NUTS. Tests replace a rule by a wrong one, to prove that they would notice. */
export interface TrajectoryRules {
  /** Log weight of a point whose energy exceeds the initial one by `energyError`. */
  logWeight(energyError: number): number
  /** Whether the trajectory made of `left` and then `right`, whose momenta add up to `sum`, turns back. */
  isTurning(left: Tree, right: Tree, sum: Float64Array): boolean
}

/**
 * The generalised no-U-turn criterion: the velocities at both ends point along the sum of the momenta. Checked on the joined tree and across the
 * two subtrees: from the far end of each to the near end of the other, without which nearly periodic orbits go around unnoticed.
 *
 * Source: Betancourt (2017), appendix A.4.2; Stan 2.21 for the checks across subtrees (`base_nuts.hpp`).
 */
export function isTurning(left: Tree, right: Tree, sum: Float64Array): boolean {
  const start = left.first.velocity
  const end = right.last.velocity
  const d = sum.length
  let atStart = 0
  let atEnd = 0
  for (let i = 0; i < d; i++) {
    atStart += start[i] * sum[i]
    atEnd += end[i] * sum[i]
  }
  if (!(atStart > 0 && atEnd > 0)) return true
  const bothAreLeaves = left.first === left.last && right.first === right.last
  return bothAreLeaves ? false : !goesOnAcross(left, right)
}

/** The criterion for `left` with the first point of `right`, and for the last point of `left` with `right`. */
function goesOnAcross(left: Tree, right: Tree): boolean {
  const start = left.first.velocity
  const end = right.last.velocity
  const leftSum = left.momentumSum
  const rightSum = right.momentumSum
  const { momentum: leftMomentum, velocity: leftVelocity } = left.last
  const { momentum: rightMomentum, velocity: rightVelocity } = right.first
  let a = 0
  let b = 0
  let c = 0
  let e = 0
  for (let i = 0; i < start.length; i++) {
    const leftAndOne = leftSum[i] + rightMomentum[i]
    const oneAndRight = leftMomentum[i] + rightSum[i]
    a += start[i] * leftAndOne
    b += rightVelocity[i] * leftAndOne
    c += leftVelocity[i] * oneAndRight
    e += end[i] * oneAndRight
  }
  return a > 0 && b > 0 && c > 0 && e > 0
}

/** Multinomial weights: each point counts exp(-energy). Source: Betancourt (2017), appendix A.3. */
export const nutsRules: TrajectoryRules = { logWeight: energyError => -energyError, isTurning }

/** log(exp(a) + exp(b)) without overflow. */
export function logSumExp(a: number, b: number): number {
  if (a === -Infinity) return b
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b))
}

/** Makes `leaf` the tree of one point, whose momentum vector it borrows as its sum: nothing may be joined into it afterwards. */
export function plantLeaf(leaf: Tree, point: PhasePoint, logWeight: number): void {
  leaf.first = point
  leaf.last = point
  leaf.proposal = point
  leaf.momentumSum = point.momentum
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
  stream: RandomStream,
  pool: PointPool,
): boolean {
  const sum = whole.momentumSum
  const leftSum = left.momentumSum
  const rightSum = right.momentumSum
  for (let i = 0; i < sum.length; i++) sum[i] = leftSum[i] + rightSum[i]
  whole.logWeight = logSumExp(left.logWeight, right.logWeight)
  const logRatio = right.logWeight - (draw === 'multinomial' ? whole.logWeight : left.logWeight)
  const takesRight = logRatio >= 0 || stream.uniform() < Math.exp(logRatio)
  const goesOn = !rules.isTurning(left, right, sum)

  whole.first = left.first
  whole.last = right.last
  whole.proposal = takesRight ? right.proposal : left.proposal
  pool.release(takesRight ? left.proposal : right.proposal)
  pool.release(left.last)
  pool.release(right.first)
  return goesOn
}
