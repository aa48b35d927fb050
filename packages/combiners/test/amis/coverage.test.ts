import { foldIn, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'
import { coverageOf } from '../../src/amis/coverage.js'
import { judge } from '../../src/amis/judge.js'
import { farApart } from '../../src/amis/shard-clusters.js'
import { studentComponent } from '../../src/amis/student-component.js'
import { drawMixture, equalMixture, logMixture } from '../../src/amis/student-mixture.js'
import { gaussianProduct } from '../../src/index.js'
import { c6, c8, minorityMode } from '../acceptance/cases.js'

const signal = new AbortController().signal

describe('the check of a batch', () => {
  it('shows k-hat above 0.7 for importance sampling from the Gaussian product of bimodal shards alone (C6: 1.5 to 1.9)', async () => {
    const { shards, evaluator } = c6({ draws: 4000 })
    const { mean, covariance } = gaussianProduct(shards)
    const proposal = equalMixture([studentComponent(mean, covariance, 30)!])
    const positions = drawMixture(proposal, 4000, prngKey(1))
    const logProposal = logMixture(proposal, positions)
    const logDensity = await evaluator.evaluate(positions, { signal })
    const { paretoK } = judge(positions, logDensity.map((value, i) => value - logProposal[i])) // prettier-ignore
    expect(paretoK).toBeGreaterThan(0.7)
  })

  it('finds nothing wrong with constant weights: k-hat is minus infinity and every position counts', () => {
    const proposal = equalMixture([studentComponent(Float64Array.of(0, 0), Float64Array.of(1, 0, 0, 1), 5)!])
    const positions = drawMixture(proposal, 1000, prngKey(2))
    const found = judge(positions, new Float64Array(1000).fill(-3))
    expect(found.paretoK).toBe(-Infinity)
    expect(found.weightEss).toBeCloseTo(1000, 6)
    expect(found.logEvidence).toBeCloseTo(-3, 10)
  })

  it('coverage is in the tens where a proposal lacks modes that k-hat cannot see (C8 from one mode: k-hat fine, c above 5)', async () => {
    const { shards, evaluator } = c8('all', { draws: 1000 })
    const one = equalMixture([studentComponent(Float64Array.of(6, 6), Float64Array.of(1, 0, 0, 1), 30)!])
    const positions = drawMixture(one, 2000, prngKey(3))
    const logDensity = await evaluator.evaluate(positions, { signal })
    const logProposal = logMixture(one, positions)
    const { paretoK, logEvidence } = judge(positions, logDensity.map((value, i) => value - logProposal[i])) // prettier-ignore
    expect(paretoK).toBeLessThan(0.5)
    const { draws, dimension, values } = await shards[0].draws()
    const pooled = { draws, dimension, values }
    const at = await evaluator.evaluate(pooled, { signal })
    expect(coverageOf(pooled, at, one, logEvidence).statistic).toBeGreaterThan(10)
  })

  it('pooled draws have no power in 20 dimensions, draws contracted by 1/sqrt K have', async () => {
    const { shards, evaluator, dimension } = minorityMode({ draws: 200 })
    const major = Float64Array.of(16, ...new Float64Array(19))
    const identity = Float64Array.from({ length: 400 }, (_, at) => (at % 21 === 0 ? 1 : 0))
    const one = equalMixture([studentComponent(major, identity, 30)!])
    const positions = drawMixture(one, 2000, foldIn(prngKey(3), 1))
    const logDensity = await evaluator.evaluate(positions, { signal })
    const logProposal = logMixture(one, positions)
    const { logEvidence } = judge(positions, logDensity.map((value, i) => value - logProposal[i])) // prettier-ignore
    const { values } = await shards[15].draws()
    const contracted = values.map((value, at) => (at % dimension === 0 ? -16 + (value + 16) / 4 : value / 4))
    const statistic = async (points: Float64Array) => {
      const matrix = { draws: 200, dimension, values: points }
      return coverageOf(matrix, await evaluator.evaluate(matrix, { signal }), one, logEvidence).statistic
    }
    expect(await statistic(contracted)).toBeGreaterThan(10)
    expect((await statistic(values)) ?? 0).toBeLessThan(5)
  })

  it('coverage is untested where no point is near any mass', () => {
    const one = equalMixture([studentComponent(Float64Array.of(0), Float64Array.of(1), 5)!])
    const far = { draws: 100, dimension: 1, values: new Float64Array(100).fill(50) }
    expect(coverageOf(far, new Float64Array(100).fill(-1000), one, 0).statistic).toBeNull()
  })

  it('starts of climbs are far from each other, the nearest to the origin first', () => {
    const places = [3, 0.1, 3.1, -4].map(value => Float64Array.of(value))
    expect(farApart(places, 3)).toEqual([1, 3, 2])
    expect(farApart(places, 0)).toEqual([])
  })
})
