import { foldIn, prngKey } from '@chorale/random'
import { describe, expect, it } from 'vitest'
import { consensus, modes } from '../../src/index.js'
import { multiplyModes } from '../../src/modes/multiply-modes.js'
import { separateModes } from '../../src/modes/separate-modes.js'
import { c1, c6, c8, c8Modes, golden } from '../acceptance/cases.js'
import { productOfMixtures } from '../acceptance/product-of-mixtures.js'
import { mixtureTarget } from '../acceptance/targets.js'
import { contextOf, gammaVariates, gaussianSample, identity } from '../shards.js'

const key = foldIn(prngKey(3), 1)
const small = { draws: 4000 }

describe('separated modes of draws', () => {
  it.each([
    ['two in one dimension', [[-4], [4]], [0.5, 0.5]],
    ['a small one far off', [[0, 0], [9, 0]], [0.95, 0.05]], // prettier-ignore
    ['two along a diagonal of five dimensions', [[3, 3, 0, 0, 0], [-3, -3, 0, 0, 0]], [0.4, 0.6]], // prettier-ignore
    ['four in the plane', [[6, 6], [-6, 6], [6, -6], [-6, -6]], [0.25, 0.25, 0.25, 0.25]], // prettier-ignore
  ])('%s are found', (_, means, weights) => {
    const target = mixtureTarget(means.map((mean, k) => ({ mean, weight: weights[k], sd: 1 })))
    const found = separateModes({ draws: 2000, dimension: target.dimension, values: target.sample(2000, 5) }, key)
    expect(found.length).toBe(means.length)
    const shares = found.map(rows => rows.length / 2000).sort()
    weights.toSorted().forEach((weight, k) => expect(Math.abs(shares[k] - weight)).toBeLessThan(0.05))
  })

  it('are not found in one mode: normal draws of 1 to 30 dimensions, 40 seeds', () => {
    let cut = 0
    for (let seed = 0; seed < 40; seed++) {
      const dimension = [1, 2, 10, 30][seed % 4]
      const { values } = gaussianSample({
        mean: new Float64Array(dimension),
        covariance: identity(dimension),
        draws: 1000,
        seed: 900 + seed,
      })
      if (separateModes({ draws: 1000, dimension, values }, foldIn(key, seed)).length > 1) cut++
    }
    expect(cut).toBe(0)
  })

  it('are not found in skewed or heavy-tailed draws', () => {
    const gamma = gammaVariates(4)
    const { values } = gaussianSample({ mean: [0], covariance: [1], draws: 6000, seed: 5 })
    const shapes = {
      skewed: () => Float64Array.from({ length: 2000 }, () => gamma(1.2)),
      heavy: () => Float64Array.from({ length: 2000 }, (_, i) => values[i] / Math.sqrt(gamma(1.5) / 1.5)),
    }
    for (const [name, draw] of Object.entries(shapes)) {
      expect(separateModes({ draws: 2000, dimension: 1, values: draw() }, key).length, name).toBe(1)
    }
  })
})

describe('modes', () => {
  it('multiplies mixtures as direct multiplication does', () => {
    const mixtures = [0.3, -0.2, 0.5].map(shift => [
      { weight: 0.4, mean: [-4 + shift], sd: 1 },
      { weight: 0.6, mean: [4 - shift], sd: 2 },
    ])
    const exact = productOfMixtures(mixtures)
    const found = multiplyModes(
      mixtures.map(mixture =>
        mixture.map(({ weight, mean, sd }) => ({
          mass: weight,
          draws: 1e12,
          mean: Float64Array.from(mean),
          covariance: Float64Array.of(sd * sd),
        })),
      ),
    )
    const mean = found.reduce((sum, { mass, mean: [value] }) => sum + mass * value, 0)
    expect(found.reduce((sum, { mass }) => sum + mass, 0)).toBeCloseTo(1, 12)
    expect(mean).toBeCloseTo(exact.mean[0], 6)
  })

  it('has the masses of C6 (to 0.03) and of the four modes of C8, and claims nothing', async () => {
    const { context, logged } = contextOf({}, { size: 4000 })
    const { draws, diagnostics } = await modes.combine(c6({ draws: 10_000 }).shards, context)
    const left = draws.values.filter(value => value < -2).length / 4000
    expect(Math.abs(left - golden.C6.massLeft)).toBeLessThan(0.03)
    expect(diagnostics!.claim).toMatchObject({ kind: 'unreliable' })
    expect(logged.warnings[0]).toMatch(/several modes/)
    const four = await modes.combine(c8('all', small).shards, context)
    for (const [x, y] of c8Modes) {
      let inside = 0
      for (let at = 0; at < four.draws.values.length; at += 2)
        if (four.draws.values[at] * x > 0 && four.draws.values[at + 1] * y > 0) inside++
      expect(Math.abs(inside / 4000 - 0.25)).toBeLessThan(0.1)
    }
  })

  it('says that a mode which a shard did not find is lost', async () => {
    const { diagnostics } = await modes.combine(c8('one mode missing', small).shards, contextOf({}).context)
    expect(diagnostics!.shardModes).toEqual([4, 3, 4, 4])
    expect((diagnostics!.claim as { why: string }).why).toMatch(/did not find is lost/)
  })

  it('is consensus where every shard has one mode', async () => {
    const { shards } = c1({ draws: 500 })
    const [a, b] = [await modes.combine(shards, contextOf({}).context), await consensus.combine(shards, contextOf({}).context)]
    expect(a.draws).toEqual(b.draws)
  })

  it('gives the same bytes for the same key, in any order of the shards', async () => {
    const { shards } = c6({ draws: 1000 })
    const first = await modes.combine(shards, contextOf({}).context)
    expect(await modes.combine(shards.toReversed(), contextOf({}).context)).toEqual(first)
  })
})
