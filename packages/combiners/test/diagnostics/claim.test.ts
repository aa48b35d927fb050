import { describe, expect, it } from 'vitest'
import { consensus } from '../../src/index.js'
import { inflatedProduct } from '../../src/gaussian/inflated-product.js'
import { skewnessBias } from '../../src/diagnostics/skewness-bias.js'
import { hierarchicalGroups } from '../hierarchical-groups.js'
import { inflatedShards } from '../gaussian-shards.js'
import { contextOf, identity } from '../shards.js'

interface Claimed {
  readonly kind: 'approximate' | 'unreliable'
  readonly sd?: number
}

/** The largest error of a mean or a standard deviation of consensus, in posterior sd, and what it claims. */
async function claimed(made: ReturnType<typeof hierarchicalGroups>): Promise<{ error: number; claim: Claimed }> {
  const { diagnostics } = await consensus.combine(made.shards, contextOf({}, { size: 100 }).context)
  const { mean, sd, claim } = diagnostics as unknown as { mean: number[]; sd: number[]; claim: Claimed }
  const errors = mean.flatMap((value, i) => {
    const exact = Math.sqrt(made.covariance[3 * i])
    return [Math.abs(value - made.mean[i]) / exact, Math.abs(sd[i] / exact - 1)]
  })
  return { error: Math.max(...errors), claim }
}

describe('the claim of an average of skewed shards that lie apart', () => {
  it('of 16 groups each, whose third moments alone would have claimed .31 where the mean of mu is .81 off, holds', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 24 }, (_, data) =>
        claimed(hierarchicalGroups({ shards: 5, groups: 16, data: data + 1 }, { draws: 1000, seed: data })),
      ),
    )
    const broken = outcomes.filter(({ error, claim }) => claim.kind === 'approximate' && error > claim.sd!)
    // A limit that holds in 95 % of cases is passed by more than four of 24 once in 140 times.
    expect(broken.length).toBeLessThanOrEqual(4)
    expect(Math.max(...outcomes.map(({ error }) => error))).toBeGreaterThan(0.5)
  })

  it('of 100 groups each is small, and holds', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, data) =>
        claimed(hierarchicalGroups({ shards: 5, groups: 100, data: data + 1 }, { draws: 1000, seed: data })),
      ),
    )
    const made = outcomes.filter(({ claim }) => claim.kind === 'approximate')
    expect(made.length).toBeGreaterThan(9)
    expect(made.filter(({ error, claim }) => error > claim.sd!).length).toBeLessThanOrEqual(3)
  })
})

describe('the bias predicted from third moments', () => {
  it('of inflated Gaussian shards is as far from 0 as its noise says, no more', () => {
    const repetitions = 40
    const found = Array.from({ length: repetitions }, (_, seed) => {
      const shards = inflatedShards(
        Array.from({ length: 6 }, () => ({ mean: [0, 0, 0], covariance: identity(3) })),
        { draws: 400, seed: seed + 1 },
      )
      return skewnessBias(shards, inflatedProduct(shards))!
    })
    // The square of the estimate less its expected noise is above 0 in fewer than half of all cases; without the likelihood's power it nearly always is.
    const positive = found.filter(({ value }) => value > 0).length
    expect(positive).toBeLessThan(0.5 * repetitions + 3 * Math.sqrt(0.25 * repetitions))
    expect(positive).toBeGreaterThan(2)
  })
})
