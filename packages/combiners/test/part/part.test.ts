import { describe, expect, it } from 'vitest'
import { part, type PartOptions } from '../../src/part/part.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { c1, c10, c2, c3, c6, c7, golden, type AcceptanceCase } from '../acceptance/cases.js'
import { kernelCombinerFacts } from '../acceptance/kernel-combiner-facts.js'
import { contextOf, mahalanobis } from '../shards.js'

async function errorOf(made: AcceptanceCase, options: PartOptions = {}, size = 3000) {
  const { draws } = await part.combine(made.shards, contextOf(options, { size }).context)
  const { mean, covariance } = sampleMoments(draws)
  return { mean: mahalanobis(mean, made.mean, made.covariance), sd: Math.sqrt(covariance[0] / made.covariance[0]), draws }
}

describe('part', () => {
  kernelCombinerFacts(part, { draws: 1000, trees: 4 })

  it.each([
    ['C2', c2, 0.4],
    ['C3', c3, 0.5],
    ['C7', c7, 0.4],
  ] as const)('is nearer to the posterior than averages, which are 0.7 posterior sd or more off: %s', async (_, make, bound) => {
    const { mean, sd } = await errorOf(make({ draws: 3000 }), { draws: 2000 })
    expect(mean).toBeLessThan(bound)
    expect(sd).toBeGreaterThan(0.75)
    expect(sd).toBeLessThan(1.25)
  })

  it.each([{}, { stages: 'one' }, { shape: 'uniform' }, { cut: 'ml', trees: 4, draws: 1500 }] as const)(
    'finds the mode that averages miss: C6 with %j',
    async options => {
      const { values } = (await errorOf(c6({ draws: 3000 }), options)).draws
      const mass = values.filter(value => value < -2).length / values.length
      expect(Math.abs(mass - golden.C6.massLeft)).toBeLessThan(0.15)
    },
  )

  it('is coarse in five dimensions, where it is worse than the Gaussian product', async () => {
    const { mean, sd } = await errorOf(c1({ draws: 2000 }), { draws: 1500 })
    expect(mean).toBeLessThan(1)
    expect(sd).toBeGreaterThan(1)
  })

  it.each(['kd', 'ml'] as const)('goes over to Gaussians where blocks would hold too few draws for a covariance: d = 30, %s', async cut => {
    const { mean, sd } = await errorOf(c10({ dimension: 30, draws: 2000 }), { cut, trees: 2 })
    expect(mean).toBeLessThan(1.5)
    expect(sd).toBeGreaterThan(0.9)
    expect(sd).toBeLessThan(1.15)
  })
})
