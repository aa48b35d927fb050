import { describe, expect, it } from 'vitest'
import { chiSquareUpperTail, type Heterogeneity, heterogeneity, type ShardSummary } from '../src/index.js'
import { randomDraws } from './random-draws.js'
import { type ShardDesign, simulateShards } from './simulated-shards.js'

const exact = (mean: readonly number[], covariance: readonly number[]): ShardSummary => ({
  mean: Float64Array.from(mean),
  covariance: Float64Array.from(covariance),
  ess: Infinity,
})

describe('by hand', () => {
  it('two shards of one parameter differ by their distance over the root of both variances', () => {
    const result = heterogeneity([exact([1], [4]), exact([6], [9])])
    const z = 5 / Math.sqrt(13)
    expect(result.q).toBeCloseTo(z * z, 12)
    expect(result.df).toBe(1)
    expect(result.pValue).toBeCloseTo(0.16549, 4)
    expect(result.i2).toBeCloseTo(1 - 13 / 25, 12)
    expect(result.center[0]).toBeCloseTo((1 / 4 + 6 / 9) / (1 / 4 + 1 / 9), 12)
    expect(result.parameters.z.map(scores => scores[0])).toEqual([expect.closeTo(-z, 12), expect.closeTo(z, 12)])
  })

  it('correlated parameters are compared along their joint law', () => {
    // Difference (1, -1) against covariance 2 [[1, .9], [.9, 1]]: 2 / (2 (1 - .9)).
    const covariance = [1, 0.9, 0.9, 1]
    const result = heterogeneity([exact([0, 0], covariance), exact([1, -1], covariance)])
    expect(result.q).toBeCloseTo(10, 10)
    expect(result.df).toBe(2)
    expect(result.contributions[0]).toBeCloseTo(5, 10)
    expect([...result.parameters.q]).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.5, 12)])
    expect(result.parameters.df).toBe(1)
  })

  it('the Monte Carlo error of the means widens the covariance, and the bias of its inverse is taken out', () => {
    const noisy = (mean: number, ess: number | Float64Array, covarianceEss?: number): ShardSummary => ({
      ...exact([mean], [1]),
      ess,
      ...(covarianceEss === undefined ? {} : { covarianceEss }),
    })
    const q = (...shards: ShardSummary[]) => heterogeneity(shards).q
    expect(q(noisy(0, 10, Infinity), noisy(2, 10, Infinity))).toBeCloseTo(2 / 1.1, 12)
    expect(q(noisy(0, 10), noisy(2, 10))).toBeCloseTo((2 / 1.1) * (7 / 9), 12)
    expect(q(noisy(0, Float64Array.of(10)), noisy(2, Float64Array.of(10)))).toBeCloseTo((2 / 1.1) * (7 / 9), 12)
  })

  it('an ESS per parameter counts for that parameter', () => {
    const shard = (mean: number[]) => ({ ...exact(mean, [1, 0, 0, 1]), ess: Float64Array.of(1, 100), covarianceEss: Infinity })
    const result = heterogeneity([shard([0, 0]), shard([2, 2])])
    expect([...result.parameters.q]).toEqual([expect.closeTo(1, 12), expect.closeTo(2 / 1.01, 12)])
    expect(result.q).toBeCloseTo(1 + 2 / 1.01, 12)
  })
})

describe('calibration on shards that agree', () => {
  /** What `keep` takes from each of many simulated sets. */
  const repeat = <T>(seed: number, times: number, design: ShardDesign, keep: (result: Heterogeneity) => T) => {
    const random = randomDraws(seed)
    return Array.from({ length: times }, () => keep(heterogeneity(simulateShards(random, design))))
  }
  const alarms = (pValues: readonly number[]) => pValues.filter(pValue => pValue < 0.05).length / pValues.length
  const standardError = (times: number) => Math.sqrt((0.05 * 0.95) / times)

  it.each([
    { seed: 1, times: 1000, shards: 20, parameters: 4, draws: Infinity },
    { seed: 2, times: 1000, shards: 20, parameters: 4, draws: 600 },
    { seed: 3, times: 150, shards: 1000, parameters: 4, draws: Infinity },
    { seed: 4, times: 150, shards: 1000, parameters: 4, draws: 600 },
  ])('5 % false alarms with $shards shards of $draws draws', ({ seed, times, ...design }) => {
    const pValues = repeat(seed, times, design, ({ pValue, parameters }) => ({ joint: pValue, first: parameters.pValue[0] }))
    expect(Math.abs(alarms(pValues.map(({ joint }) => joint)) - 0.05)).toBeLessThan(3 * standardError(times))
    expect(Math.abs(alarms(pValues.map(({ first }) => first)) - 0.05)).toBeLessThan(3 * standardError(times))
  })

  it('Q does not drift with 10,000 shards, as it would with covariances taken as exact', () => {
    const design = { shards: 10_000, parameters: 4, draws: 400 }
    const random = randomDraws(5)
    const score = ({ q, df }: { q: number; df: number }) => (q - df) / Math.sqrt(2 * df)
    const shards = Array.from({ length: 5 }, () => simulateShards(random, design))
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(Math.abs(mean(shards.map(set => score(heterogeneity(set)))))).toBeLessThan(3 / Math.sqrt(5))
    const naive = shards.map(set => score(heterogeneity(set.map(shard => ({ ...shard, covarianceEss: Infinity })))))
    expect(mean(naive)).toBeGreaterThan(1.5)
  })

  it('scores of single shards are standard normal', () => {
    const scores = repeat(6, 100, { shards: 20, parameters: 3, draws: 1000 }, ({ parameters }) => parameters.z.map(z => z[1])).flat()
    const meanSquare = scores.reduce((sum, z) => sum + z * z, 0) / scores.length
    expect(Math.abs(meanSquare - 1)).toBeLessThan(4 * Math.sqrt(2 / scores.length))
  })
})

describe('against measures that look at means alone', () => {
  it('finds one shard 200 standard deviations away, though means differ by one part in a million', () => {
    const shards = simulateShards(randomDraws(7), { shards: 10, parameters: 2, draws: 1000 }).map(({ mean, ...rest }) => ({
      ...rest,
      mean: mean.map(value => 1e9 + value),
    }))
    const agreed = heterogeneity(shards)
    expect(agreed.pValue).toBeGreaterThan(0.001)
    const sd = Math.sqrt(shards[3].covariance[0])
    const conflict = heterogeneity(shards.with(3, { ...shards[3], mean: shards[3].mean.with(0, shards[3].mean[0] + 200 * sd) }))
    expect(conflict.pValue).toBe(0)
    expect(conflict.i2).toBeGreaterThan(0.99)
    // Every other shard tells where the truth is, to about a third of the shard's own standard deviation.
    expect(conflict.parameters.z[3][0]).toBeGreaterThan(150)
    expect(conflict.contributions.indexOf(Math.max(...conflict.contributions))).toBe(3)
  })

  it('does not alarm about a parameter whose truth is zero', () => {
    const random = randomDraws(8)
    const times = 1000
    const results = Array.from({ length: times }, () =>
      heterogeneity(simulateShards(random, { shards: 8, parameters: 1, draws: Infinity, truth: 0 })),
    )
    const alarms = results.filter(result => result.pValue < 0.05).length
    expect(Math.abs(alarms / times - 0.05)).toBeLessThan(3 * Math.sqrt((0.05 * 0.95) / times))
  })

  it('does not depend on the units of the parameters', () => {
    const shards = simulateShards(randomDraws(9), { shards: 6, parameters: 3, draws: 500, truth: 2 })
    const units = [1e-12, 1, 1e9]
    const rescaled = shards.map(({ mean, covariance, ess }) => ({
      mean: mean.map((value, i) => value * units[i]),
      covariance: covariance.map((value, index) => value * units[Math.floor(index / 3)] * units[index % 3]),
      ess,
    }))
    expect(heterogeneity(rescaled).q / heterogeneity(shards).q).toBeCloseTo(1, 8)
  })

  it('does not count a precise shard as far from vague ones', () => {
    const result = heterogeneity([exact([10], [100]), exact([-8], [100]), exact([0.001], [1e-6]), exact([3], [100])])
    expect(result.pValue).toBeGreaterThan(0.3)
    expect(result.i2).toBe(0)
  })
})

describe('input that cannot be judged', () => {
  const good = exact([0, 0], [1, 0, 0, 1])

  it.each([
    ['a mean that is not a number', { ...good, mean: Float64Array.of(0, NaN) }],
    ['a zero variance (a stuck chain)', { ...good, covariance: Float64Array.of(0, 0, 0, 1) }],
    ['a covariance that is not positive definite', { ...good, covariance: Float64Array.of(1, 2, 2, 1) }],
    ['a covariance that is not symmetric', { ...good, covariance: Float64Array.of(1, 0.5, 0, 1) }],
    ['a covariance that is singular', { ...good, covariance: Float64Array.of(1, 1, 1, 1) }],
    ['an infinite covariance', { ...good, covariance: Float64Array.of(Infinity, 0, 0, 1) }],
    ['no effective draws', { ...good, ess: 0 }],
    ['an undefined effective sample size', { ...good, ess: NaN }],
    ['an undefined effective sample size of one parameter', { ...good, ess: Float64Array.of(NaN, 400) }],
    ['too few draws for its covariance', { ...good, ess: 4 }],
  ])('%s names the shard and gives NaN, which passes no gate', (_, bad) => {
    const result = heterogeneity([good, good, bad])
    expect(result.unusable).toEqual([2])
    expect([result.q, result.pValue, result.i2, result.center[0], result.parameters.q[0], result.parameters.z[0][0]]).toEqual(
      Array(6).fill(NaN),
    )
  })

  it('shapes that do not fit are refused by name', () => {
    expect(() => heterogeneity([])).toThrow(/No shards/)
    expect(() => heterogeneity([good, exact([0], [1])])).toThrow('Shard 1 has 1 means, shard 0 has 2.')
    expect(() => heterogeneity([good, exact([0, 0], [1])])).toThrow('The covariance of shard 1 has 1 entries: 2 x 2 are needed.')
    expect(() => heterogeneity([good, { ...good, ess: Float64Array.of(1) }])).toThrow(/Shard 1 has 1 effective sample sizes/)
    expect(() => heterogeneity([exact([], [])])).toThrow(/Shard 0 has no parameters/)
  })
})

it('one shard agrees with itself', () => {
  const result = heterogeneity([exact([3, 4], [1, 0, 0, 1])])
  expect(result).toMatchObject({ q: 0, df: 0, pValue: 1, i2: 0, unusable: [] })
  expect([...result.center]).toEqual([3, 4])
  expect([...result.parameters.z[0]]).toEqual([0, 0])
  expect(chiSquareUpperTail(0, 0)).toBe(1)
})
