import { createChain, moveChain, type Pacer } from '@chorale/sampler'
import { createStream, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'

import { nutsRules, type TrajectoryRules } from '../../packages/sampler/src/engine/tree.js'
import { diagonalMetric } from '../../packages/sampler/src/metric/diagonal-metric.js'

const DIMENSION = 100
const TRANSITIONS = 50
const STEP_SIZES = Array.from({ length: 61 }, (_, i) => 0.3 + 0.02 * i)

const unhurried: Pacer = { iteration: 0, afterLeapfrog: () => false, breathe: () => Promise.resolve() }

/** The criterion of Stan before 2.21: the ends of the joined tree only. */
const endsOnly: TrajectoryRules = {
  ...nutsRules,
  isTurning(left, right, sum) {
    let [atStart, atEnd] = [0, 0]
    sum.forEach((p, i) => {
      atStart += left.first.velocity[i]! * p
      atEnd += right.last.velocity[i]! * p
    })
    return !(atStart > 0 && atEnd > 0)
  },
}

/** Steps after which the leapfrog orbit of a standard normal closes: its angle a step has the cosine 1 - h^2 / 2. */
const period = (stepSize: number): number => (2 * Math.PI) / Math.acos(1 - (stepSize * stepSize) / 2)

/** Steps of the longest trajectory of independent standard normals. */
async function longest(stepSize: number, rules: TrajectoryRules): Promise<number> {
  const start = new Float64Array(DIMENSION)
  const stream = createStream(prngKey(1))
  start.forEach((_, i) => (start[i] = stream.normal()))
  const target = {
    dimension: DIMENSION,
    allocate: (length: number) => new Float64Array(length),
    logDensityInto(gradient: Float64Array, x: Float64Array): number {
      let squares = 0
      for (let i = 0; i < DIMENSION; i++) {
        gradient[i] = -x[i]!
        squares += x[i]! * x[i]!
      }
      return -0.5 * squares
    },
  }
  const metric = diagonalMetric(new Float64Array(DIMENSION).fill(1))
  const chain = createChain(target, start, prngKey(2), unhurried, { maxTreeDepth: 10, metric, rules })
  chain.trajectory.stepSize = stepSize
  let steps = 0
  for (let i = 0; i < TRANSITIONS; i++) {
    await moveChain(chain, i)
    steps = Math.max(steps, chain.transition.steps)
  }
  return steps
}

/** Step sizes of trajectories that went around more than once. */
async function aroundAndAround(rules: TrajectoryRules): Promise<readonly string[]> {
  const found: string[] = []
  for (const stepSize of STEP_SIZES) {
    const steps = await longest(stepSize, rules)
    if (steps > Math.ceil(period(stepSize))) found.push(`${steps} steps of ${stepSize.toFixed(2)}`)
  }
  return found
}

describe('trajectories of independent normals, all of one period', () => {
  it('end before they have gone around, whatever the step size', async () => {
    expect(await aroundAndAround(nutsRules)).toEqual([])
  })

  // Where the orbit closes after a power of two of steps, the ends of every larger tree look as if it had just begun.
  it('go around dozens of times where turns are looked for at the ends only, and this test notices', async () => {
    const found = await aroundAndAround(endsOnly)
    expect(found).toEqual(expect.arrayContaining(['511 steps of 0.40', '255 steps of 0.78', '1023 steps of 1.50']))
  })
})
