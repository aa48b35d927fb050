import { describe, expect, it } from 'vitest'
import { FEW_GRADIENTS } from '../../src/adaptation/low-rank-aim.js'
import { lowRankLearner } from '../../src/adaptation/low-rank-learner.js'
import { unitMetric } from '../../src/metric/diagonal-metric.js'
import { normalPoints, withSpikes } from './points.js'

const DIMENSION = 10
const DRAWS = 300
const EARLY = 100

/** A normal with one direction that is much wider than the others, so that there is something to correct. */
const points = normalPoints(
  DRAWS,
  3,
  DIMENSION,
  withSpikes([{ vector: Float64Array.from({ length: DIMENSION }, (_, i) => Number(i === 0)).fill(Math.SQRT1_2, 0, 2), variance: 400 }]),
)

/** How often an estimate was judged, when windows switch every 50 draws after the early phase. */
function judged(answer: boolean): { readonly times: number; readonly kind: string } {
  let times = 0
  const learner = lowRankLearner(unitMetric(DIMENSION), DIMENSION, {
    ...FEW_GRADIENTS,
    isWorthIt: () => {
      times++
      return answer
    },
  })
  let metric = learner.first
  points.forEach((point, iteration) => {
    learner.add(point)
    const moment = { iteration, isEarly: iteration < EARLY, switched: iteration % 50 === 49, isLast: iteration === DRAWS - 1 }
    metric = learner.refresh(metric, moment) ?? metric
  })
  return { times, kind: metric.kind }
}

describe('a low-rank metric', () => {
  it('is not asked for again once it was refused', () => {
    expect(judged(false)).toEqual({ times: 1, kind: 'diagonal' })
  })

  it('is first made after the early phase, then at each switch of windows', () => {
    expect(judged(true)).toEqual({ times: 1 + 4, kind: 'low-rank' })
  })
})
