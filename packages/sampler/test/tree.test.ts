import { describe, expect, it } from 'vitest'
import { createPointPool, type PhasePoint } from '../src/engine/phase-point.js'
import { isTurning, logSumExp, nutsRules, type Tree, type TrajectoryRules } from '../src/engine/tree.js'
import { runChains } from './chains.js'
import { independentNormals } from './densities.js'
import { mean } from './monte-carlo.js'

/** A point with unit metric: velocity equals momentum. */
function moving(x: number, y: number): PhasePoint {
  const point = createPointPool(2, length => new Float64Array(length)).take()
  point.momentum.set([x, y])
  point.velocity.set([x, y])
  return point
}

const treeOf = (first: PhasePoint, last: PhasePoint): Tree => ({
  first,
  last,
  proposal: first,
  momentumSum: first === last ? first.momentum : first.momentum.map((p, i) => p + last.momentum[i]!),
  logWeight: 0,
})

const turns = (left: Tree, right: Tree): boolean =>
  isTurning(
    left,
    right,
    left.momentumSum.map((p, i) => p + right.momentumSum[i]!),
  )

/** The criterion of Stan before 2.21: the ends of the joined tree only. */
const endsOnly: TrajectoryRules = {
  ...nutsRules,
  isTurning(left, right, sum) {
    const along = (point: PhasePoint) => point.velocity.reduce((total, v, i) => total + v * sum[i]!, 0)
    return !(along(left.first) > 0 && along(right.last) > 0)
  },
}

describe('the no-U-turn criterion', () => {
  it('goes on along a straight line and stops at opposite velocities', () => {
    const [a, b, back] = [moving(1, 0), moving(2, 0), moving(-1, 0)]
    expect(turns(treeOf(a, a), treeOf(b, b))).toBe(false)
    expect(turns(treeOf(a, a), treeOf(back, back))).toBe(true)
  })

  it('notices a turn across the two halves that the ends alone do not show', () => {
    const left = treeOf(moving(1, 0), moving(1, 0))
    const right = treeOf(moving(-3, 0.1), moving(4, 0))
    const sum = left.momentumSum.map((p, i) => p + right.momentumSum[i]!)
    expect(endsOnly.isTurning(left, right, sum)).toBe(false)
    expect(isTurning(left, right, sum)).toBe(true)
  })

  it('saves more than half of the steps where the orbit of a normal closes after six steps', async () => {
    const stepsWith = async (rules: TrajectoryRules) => {
      const ones = Array.from({ length: 100 }, () => 1)
      const [chain] = await runChains(100, independentNormals(ones), { chains: 1, warmup: 20, draws: 400, seed: 1, rules, stepSize: 1 })
      return mean(chain!.transitions.map(t => t.steps))
    }
    expect(await stepsWith(nutsRules)).toBeLessThan(0.5 * (await stepsWith(endsOnly)))
  })
})

describe('log-sum-exp', () => {
  it('neither overflows nor loses the smaller term', () => {
    expect(logSumExp(1000, 1000)).toBeCloseTo(1000 + Math.LN2, 12)
    expect(logSumExp(-1000, -1001)).toBeCloseTo(-1000 + Math.log1p(Math.exp(-1)), 12)
    expect(logSumExp(-Infinity, 3)).toBe(3)
    expect(logSumExp(3, -Infinity)).toBe(3)
    expect(logSumExp(-Infinity, -Infinity)).toBe(-Infinity)
  })
})
