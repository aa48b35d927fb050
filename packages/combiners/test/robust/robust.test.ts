import { describe, expect, it } from 'vitest'
import { gaussian, robust, type RobustOptions } from '../../src/index.js'
import { sampleMoments } from '../../src/draws/sample-moments.js'
import { fractionatedShards, productOf, scatteredParts, unlikeCovariances } from '../gaussian-shards.js'
import { contextOf, gaussianSample, mahalanobis, shardOf } from '../shards.js'

const parts = scatteredParts(unlikeCovariances(10, 2), 3)
const spoilt = parts.map((part, place) => (place === 4 ? { ...part, mean: part.mean.map(value => value + 15) } : part))

const combine = (given = parts, options: RobustOptions = {}) => {
  const { context, logged } = contextOf(options, { size: 20_000 })
  return {
    result: robust.combine(fractionatedShards(given, { draws: 1000 }), context) as Awaited<ReturnType<typeof robust.combine>>,
    logged,
  }
}

describe('robust', () => {
  it('draws from the Gaussian product when shards agree and claims as much', () => {
    const { result, logged } = combine()
    const plain = gaussian.combine(fractionatedShards(parts, { draws: 1000 }), contextOf({}, { size: 20_000 }).context)
    const found = sampleMoments(result.draws)
    const exact = productOf(parts)
    expect(mahalanobis(found.mean, exact.mean, exact.covariance)).toBeLessThan(4 * Math.sqrt(2 / 20_000))
    expect(result.diagnostics?.claim).toEqual((plain as typeof result).diagnostics?.claim)
    expect(result.diagnostics?.robust).toMatchObject({ falseAlarmRate: 0.01 })
    expect(logged.warnings).toEqual([])
  })

  it('names the shard that loses weight, in the log and in the report, and claims nothing', () => {
    const { result, logged } = combine(spoilt)
    const nine = productOf(parts.filter((_, place) => place !== 4))
    expect(mahalanobis(sampleMoments(result.draws).mean, nine.mean, nine.covariance)).toBeLessThan(4 * Math.sqrt(2 / 20_000))
    expect(logged.warnings.join()).toMatch(
      /Shard 4 has less weight: shard 4 is .* times as far .* The result is the posterior of the rows of the other 9 shards/,
    )
    const { claim, robust: weighting, heterogeneity } = result.diagnostics as Record<string, never>
    expect(claim).toMatchObject({ kind: 'unreliable', why: expect.stringMatching(/shard 4/) })
    expect((weighting as { weights: unknown[] }).weights[4]).toMatchObject({ shard: 4, weight: 0, reason: 'disagrees' })
    expect((heterogeneity as { p: number }).p).toBeLessThan(1e-6)
    expect(JSON.stringify(result.diagnostics)).not.toMatch(/NaN|Infinity/)
  })

  it('takes the rate of false alarms as an option', () => {
    const slightly = parts.map((part, place) => (place === 4 ? { ...part, mean: part.mean.map(value => value + 5.2) } : part))
    const touched = (falseAlarmRate: number): boolean =>
      (combine(slightly, { falseAlarmRate }).result.diagnostics?.robust as { priorPower: number }).priorPower < 0.999
    expect([1e-12, 0.5].map(touched)).toEqual([false, true])
  })

  it('cannot choose between two shards, takes a single one, and needs no second parameter', () => {
    const [a, b] = [-9, 9].map(mean => ({ mean: [mean], covariance: [1] }))
    const two = combine([a, b])
    expect(sampleMoments(two.result.draws).mean[0]).toBeCloseTo(0, 1)
    expect(two.logged.notes.join()).toMatch(/Of two shards/)
    const one = combine([a])
    expect(sampleMoments(one.result.draws).mean[0]).toBeCloseTo(-9, 0)
    const three = combine([a, b, { mean: [8.5], covariance: [1] }])
    expect(sampleMoments(three.result.draws).mean[0]).toBeCloseTo(8.75, 1)
  })

  it('takes normal stand-ins of shards out as often as the shard counts', () => {
    const standIns = { theta0: { mean: 0, sd: 3 } }
    const given = fractionatedShards(spoilt, { draws: 1000 }).map(shard => ({ ...shard, powers: { ...shard.powers, standIns } }))
    const { context } = contextOf({}, { size: 10 })
    const { diagnostics } = robust.combine(given, context) as Awaited<ReturnType<typeof robust.combine>>
    const nine = productOf(parts.filter((_, place) => place !== 4))
    const [a, b, , d] = nine.covariance
    const determinant = a * d - b * b
    const precision = [d / determinant - 9 / 9, -b / determinant, a / determinant] // nine stand-ins of precision 1/9
    const variance = precision[2] / (precision[0] * precision[2] - precision[1] * precision[1])
    expect((diagnostics?.sd as number[])[0]).toBeCloseTo(Math.sqrt(variance), 6)
  })

  it('answers to the name of the Python reference', () => {
    expect(robust.aliases).toContain('robust_consensus_mc')
  })

  it('gives the same bytes for the same key, whatever the order of the shards, and leaves moments alone', () => {
    const shards = fractionatedShards(spoilt, { draws: 300 })
    const before = JSON.stringify(shards)
    const first = robust.combine(shards, contextOf({}).context)
    expect(robust.combine(shards.toReversed(), contextOf({}).context)).toEqual(first)
    expect(JSON.stringify(shards)).toBe(before)
  })

  it('refuses a shard with too few draws, naming it', () => {
    const few = shardOf(gaussianSample({ mean: [0, 0], covariance: [1, 0, 0, 1], draws: 3, seed: 1 }), { shard: 9, of: 10, batches: 1 })
    const given = [...fractionatedShards(parts, { draws: 300 }).slice(0, 9), few]
    expect(() => robust.combine(given, contextOf({}).context)).toThrow(/Shard 9 has 3.0 effective draws/)
  })
})
