import { describe, expect, it } from 'vitest'

import { POSTERIOR, type PlantedBug } from '../models/chains.js'
import type { ReplicationOptions } from '../models/replications.js'
import type { RandomStream } from '@chorale/random'
import { nutsRules } from '../../packages/sampler/src/engine/tree.js'
import { diagonalMetric } from '../../packages/sampler/src/metric/diagonal-metric.js'
import { notUniform } from './calibration.js'
import { eightSchoolsRanks, normalRanks } from './experiments.js'

/** Fewer than the calibrations take: what is wrong by so much shows in few. */
const REPLICATIONS = 25
const TIMEOUT = { timeout: 120_000 }

/** Long steps, whose energy errors the weights must make good. */
const LONG_STEPS = { targetAcceptProb: 0.6 }

const uniformWeights: PlantedBug = { rules: { ...nutsRules, logWeight: () => 0 } }

/** Draws momenta as if the inverse metric were the metric. */
const momentaOfTheInverse: PlantedBug = {
  metric: right => {
    if (right.kind !== 'diagonal') throw new Error(`the bug is for diagonal metrics, not for ${right.kind} ones`)
    const inverted = diagonalMetric(right.inverse.map(variance => 1 / variance))
    return Object.assign(diagonalMetric(right.inverse), {
      momentumInto: (momentum: Float64Array, stream: RandomStream) => inverted.momentumInto(momentum, stream),
    })
  },
}

/** Forgets the directions of a low-rank metric when it draws momenta. */
const momentaOfTheScales: PlantedBug = {
  metric: right => {
    if (right.kind !== 'low-rank') return right
    const { momentumInto } = diagonalMetric(right.scales.map(scale => scale * scale))
    return { ...right, momentumInto }
  },
}

const schools = (sampling: Partial<ReplicationOptions>) => notUniform(eightSchoolsRanks({ ...LONG_STEPS, ...sampling }), REPLICATIONS)
const normals = (sampling: Partial<ReplicationOptions>) => notUniform(normalRanks(20, sampling), REPLICATIONS)

describe(`${REPLICATIONS} replications`, () => {
  it('find nothing wrong with the sampler', TIMEOUT, async () => {
    expect(await schools({})).toEqual(new Map())
    expect(await normals({})).toEqual(new Map())
  })

  it('find a Jacobian that is missing', TIMEOUT, async () => {
    expect([...(await schools({ powers: { ...POSTERIOR, jacobian: 0 } })).keys()]).toEqual(
      expect.arrayContaining(['tau', 'log likelihood']),
    )
  })

  it('find uniform instead of multinomial weights', TIMEOUT, async () => {
    expect([...(await schools({ bug: uniformWeights })).keys()]).toEqual(expect.arrayContaining(['tau', 'log likelihood']))
  })

  it('find momenta that are drawn from the inverse metric', TIMEOUT, async () => {
    // Such chains hardly move: the shortest warm-up that learns a metric.
    expect((await normals({ adaptation: 'Stan, diagonal', bug: momentaOfTheInverse, warmup: 150 })).size).toBeGreaterThan(0)
  })

  it('find momenta that know only the scales of a low-rank metric', TIMEOUT, async () => {
    expect((await normals({ adaptation: 'fast, low-rank', bug: momentaOfTheScales })).size).toBeGreaterThan(0)
  })
})
