import { describe, expect, it } from 'vitest'
import type { ParameterInfo, SubPosteriorDraws, SubPosteriorMoments } from '@chorale/core/contracts'
import { checkSubPosteriors } from '../src/index.js'
import plugin from '../src/index.js'
import { contextOf, gaussianSample, identity, realParameters, shardOf, type ShardSettings } from './shards.js'

const sample = gaussianSample({ mean: [5, -5], covariance: identity(2), draws: 100, seed: 1 })
const shard = (id: number, of: number, settings: Partial<ShardSettings> = {}): SubPosteriorDraws =>
  shardOf(sample, { shard: id, of, ...settings })
const withValue = (at: number, value: number): SubPosteriorDraws =>
  shardOf({ ...sample, values: sample.values.map((old, i) => (i === at ? value : old)) }, { shard: 1, of: 2 })
const stuck = (value: number): SubPosteriorDraws =>
  shardOf({ dimension: 2, values: sample.values.map((old, i) => (i % 2 === 1 ? value : old)) }, { shard: 1, of: 2 })
const check =
  (...shards: SubPosteriorMoments[]) =>
  () => {
    checkSubPosteriors(shards)
  }
const refuses = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) })

describe('checkSubPosteriors', () => {
  it('accepts sound shards, and shards without score moments', () => {
    expect(check(shard(0, 2), shard(1, 2))).not.toThrow()
    expect(check(shardOf({ dimension: 2, values: sample.values }, { shard: 0, of: 1 }))).not.toThrow()
  })

  it('refuses no shards and shards without draws', () => {
    expect(check()).toThrow(refuses('CHORALE_COMBINE_NO_USABLE_SHARD', /no sub-posterior/))
    const empty = { ...shard(1, 2), moments: { dimension: 2, batches: [] } }
    expect(check(shard(0, 2), empty)).toThrow(refuses('CHORALE_COMBINE_NO_USABLE_SHARD', /Shard 1 has no draws/))
  })

  it.each([NaN, Infinity, -Infinity])('refuses %s and names shard and parameter', value => {
    expect(check(shard(0, 2), withValue(3, value))).toThrow(refuses('CHORALE_COMBINE_NOT_FINITE', /Shard 1 .*"theta1".*batch 1/))
    const alone = { ...withValue(2, value), powers: { prior: 1, jacobian: 1, likelihood: 1 } }
    expect(check(alone)).toThrow(refuses('CHORALE_COMBINE_NOT_FINITE', /Shard 1 .*"theta0"/))
  })

  it.each([0, 0.1, 1e300, 1 / 3])('refuses a parameter that is %d in every draw, whatever rounding makes of its variance', value => {
    expect(check(shard(0, 2), stuck(value))).toThrow(refuses('CHORALE_COMBINE_ZERO_VARIANCE', /"theta1" in shard 1/))
  })

  it('accepts any spread that draws can show, on any scale', () => {
    const tiny = shardOf({ dimension: 2, values: sample.values.map(value => value * 1e-150) }, { shard: 1, of: 2 })
    expect(check(shard(0, 2), tiny)).not.toThrow()
  })

  it('refuses other parameters, other sizes and a shard given twice', () => {
    const renamed = realParameters(2).map(parameter => ({ ...parameter, name: `${parameter.name}x` }))
    expect(check(shard(0, 2), shard(1, 2, { parameters: renamed }))).toThrow(refuses('CHORALE_COMBINE_MISMATCH', /Shard 1 .*theta0x/))
    expect(check(shard(0, 2), shard(1, 2, { parameters: realParameters(1) }))).toThrow(refuses('CHORALE_COMBINE_MISMATCH', /Shard 1/))
    expect(check(shard(0, 1, { parameters: realParameters(3) }))).toThrow(refuses('CHORALE_COMBINE_MISMATCH', /2 coordinates .* 3 in all/))
    expect(check(shard(4, 2), shard(4, 2))).toThrow(refuses('CHORALE_COMBINE_MISMATCH', /Shard 4 is given twice/))
  })

  it('looks at global parameters only: shards differ in their local ones', () => {
    const withLocals = (groups: number): ParameterInfo[] => [
      { name: 'group effect', shape: [groups], support: 'real', scope: 'local', offset: 0, size: groups },
      { name: 'mu', shape: [2], support: 'real', scope: 'global', offset: groups, size: 2 },
    ]
    expect(check(shard(0, 2, { parameters: withLocals(3) }), shard(1, 2, { parameters: withLocals(5) }))).not.toThrow()
    const alone = { ...withValue(3, NaN), parameters: withLocals(3) }
    expect(check(alone)).toThrow(/"mu" \(unconstrained coordinate 2 of 2\)/)
  })

  it('refuses powers with which the product is not the posterior', () => {
    const powered = (powers: ShardSettings['powers']) => check(shard(0, 2), shard(1, 2, { powers: powers! }))
    expect(powered({ prior: 1 })).toThrow(refuses('CHORALE_COMBINE_POWERS', /prior powers .* 1.5/))
    expect(powered({ jacobian: 1 })).toThrow(refuses('CHORALE_COMBINE_POWERS', /Jacobian powers .* 1.5/))
    expect(powered({ likelihood: 2 })).toThrow(refuses('CHORALE_COMBINE_POWERS', /Shard 1 has its likelihood to the power 2/))
    expect(powered({ prior: NaN })).toThrow(refuses('CHORALE_COMBINE_POWERS', /NaN/))
    expect(powered({ likelihood: NaN })).toThrow(refuses('CHORALE_COMBINE_POWERS', /NaN/))
    expect(powered({ standIns: { nu: { mean: 0, sd: 1 } } })).toThrow(refuses('CHORALE_COMBINE_POWERS', /"nu"/))
    expect(powered({ prior: 0.5 + 1e-9 })).not.toThrow()
  })

  it('accepts the rounding of 10,000 powers of 1/10,000', () => {
    const { moments, ...rest } = shard(0, 10_000)
    const few = { ...moments, batches: moments.batches.slice(0, 2) }
    expect(check(...Array.from({ length: 10_000 }, (_, id) => ({ ...rest, moments: few, shard: id })))).not.toThrow()
  })

  it('refuses cross products that are not symmetric', () => {
    const good = shard(0, 1)
    const batches = good.moments.batches.map(batch => ({ ...batch, crossProducts: Float64Array.from([4, 1, -1, 4]) }))
    expect(check({ ...good, moments: { ...good.moments, batches } })).toThrow(
      refuses('CHORALE_COMBINE_NOT_POSITIVE_DEFINITE', /"theta1" and "theta0" in shard 0/),
    )
  })
})

describe('every registered combiner', () => {
  it.each(plugin.combiners!.map(combiner => [combiner.name, combiner] as const))('%s checks its shards', async (_, combiner) => {
    const run = async (...shards: SubPosteriorDraws[]) => combiner.combine(shards as never, contextOf({}).context as never)
    await expect(run()).rejects.toMatchObject({ code: 'CHORALE_COMBINE_NO_USABLE_SHARD' })
    await expect(run(shard(0, 2), stuck(1))).rejects.toMatchObject({ code: 'CHORALE_COMBINE_ZERO_VARIANCE' })
    await expect(run(withValue(0, NaN))).rejects.toMatchObject({ code: 'CHORALE_COMBINE_NOT_FINITE' })
    // Importance weights correct any powers; without a density to ask for they must be right.
    if (combiner.needs.evaluator !== 'required') {
      await expect(run(shard(0, 3), shard(1, 3))).rejects.toMatchObject({ code: 'CHORALE_COMBINE_POWERS' })
    }
  })

  it('has the names people write, once each', () => {
    const names = plugin.combiners!.flatMap(({ name, aliases = [] }) => [name, ...aliases])
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(
      expect.arrayContaining([
        'consensus',
        'consensus_mc',
        'gaussian',
        'parametric',
        'robust_consensus_mc',
        'simple_average',
        'weighted_gaussian',
      ]),
    )
    expect(names).toEqual(expect.arrayContaining(['auto', 'amis', 'modes']))
  })

  it('inflated sub-posteriors go to combiners that want them, fractionated ones to the others', () => {
    const inflated = [0, 1].map(id => ({ ...shard(id, 2), powers: { prior: 1, jacobian: 1, likelihood: 2 } }))
    const fractionated = [shard(0, 2), shard(1, 2)]
    expect(() => checkSubPosteriors(inflated, 'inflated')).not.toThrow()
    expect(() => checkSubPosteriors(inflated, 'either')).not.toThrow()
    expect(() => checkSubPosteriors(fractionated, 'either')).not.toThrow()
    expect(() => checkSubPosteriors(inflated, 'any')).not.toThrow()
    expect(() => checkSubPosteriors(inflated)).toThrow(/powers of the shards sum to 2/)
    expect(() => checkSubPosteriors(fractionated, 'inflated')).toThrow(/each shard for the whole posterior/)
    const mixed = [inflated[0], { ...inflated[1], powers: { prior: 1, jacobian: 0.5, likelihood: 2 } }]
    expect(() => checkSubPosteriors(mixed, 'inflated')).toThrow(/Shard 1 has its Jacobian to the power 0.5/)
  })

  it.each([1, 2])('gaussian refuses an indefinite covariance (%i shards)', async K => {
    const gaussian = plugin.combiners!.find(({ name }) => name === 'gaussian')!
    const shards = Array.from({ length: K }, (_, id) => {
      const good = shard(id, K)
      const mean = Float64Array.of(0, 0)
      const batches = good.moments.batches.map(batch => ({ ...batch, mean, crossProducts: Float64Array.of(4, 5, 5, 4) }))
      return { ...good, moments: { ...good.moments, batches } }
    })
    await expect(async () => gaussian.combine(shards as never, contextOf({}).context as never)).rejects.toMatchObject({
      code: 'CHORALE_COMBINE_NOT_POSITIVE_DEFINITE',
      message: expect.stringMatching(/shard 0/),
    })
  })
})
