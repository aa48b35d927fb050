import { describe, expect, it } from 'vitest'
import { nutsRules, type TrajectoryRules } from '../../src/engine/tree.js'
import type { Stretch } from '../../src/engine/phase-space.js'
import { runChains, unitMetric } from '../chains.js'
import { independentNormals } from '../densities.js'
import { mean } from '../monte-carlo.js'
import { placePoint, SPACES, spaceWith } from './spaces.js'

/** The criterion of Stan before 2.21: the ends of the joined tree only. */
const endsOnly: Required<TrajectoryRules> = {
  ...nutsRules,
  isTurning(left, right, sum) {
    const along = (velocity: Float64Array) => velocity.reduce((total, v, i) => total + v * sum[i]!, 0)
    return !(along(left.first.velocity) > 0 && along(right.last.velocity) > 0)
  },
}

describe.each(SPACES)('the no-U-turn criterion by %s', (_, create) => {
  const space = spaceWith(create, 2, unitMetric(2))
  /** Velocities in the plane; with the unit metric they are momenta too. */
  const stretch = (...velocities: readonly (readonly [number, number])[]): Stretch => {
    const points = velocities.map(velocity => {
      const point = placePoint(space, { momentum: Float64Array.from(velocity) })
      space.setOff(point)
      return point
    })
    const [first, last] = [points[0]!, points.at(-1)!]
    if (first === last) return { first, last, momentumSum: first.momentumSum }
    const momentumSum = space.createSum()
    for (const { momentum } of points) momentum.forEach((p, i) => (momentumSum.values[i]! += p))
    return { first, last, momentumSum }
  }

  it('goes on along a straight line and stops at opposite velocities', () => {
    const turns = (left: Stretch, right: Stretch) => !space.join(space.createSum(), left, right)
    expect(turns(stretch([1, 0]), stretch([2, 0]))).toBe(false)
    expect(turns(stretch([1, 0]), stretch([-1, 0]))).toBe(true)
    expect(turns(stretch([1, 0], [1, 0.1]), stretch([1, 0.2], [1, 0.3]))).toBe(false)
  })

  it('notices a turn across the two halves that the ends alone do not show', () => {
    const [left, right] = [stretch([1, 0], [1, 0]), stretch([-3, 0.1], [4, 0])]
    const sum = space.createSum()
    expect(space.join(sum, left, right)).toBe(false)
    expect(endsOnly.isTurning(left, right, sum.values)).toBe(false)
  })
})

describe('a trajectory', () => {
  it('saves more than half of the steps where the orbit of a normal closes after six steps', async () => {
    const stepsWith = async (rules: TrajectoryRules) => {
      const ones = Array.from({ length: 100 }, () => 1)
      const [chain] = await runChains(100, independentNormals(ones), { chains: 1, warmup: 20, draws: 400, seed: 1, rules, stepSize: 1 })
      return mean(chain!.transitions.map(t => t.steps))
    }
    expect(await stepsWith(nutsRules)).toBeLessThan(0.5 * (await stepsWith(endsOnly)))
  })
})
