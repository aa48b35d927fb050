import { describe, expect, it } from 'vitest'
import { gaussianProduct, robustProduct } from '../../src/index.js'
import { momentShard, productOf, scatteredParts, unlikeCovariances, type Part } from '../gaussian-shards.js'
import { identity, mahalanobis } from '../shards.js'

const SHARDS = 10

const moments = (parts: readonly Part[]) =>
  parts.map((part, shard) => momentShard(part, { shard, of: parts.length, draws: 1000, seed: shard, kind: 'score' }))

describe('shards that contradict the others', () => {
  const covariances = unlikeCovariances(SHARDS, 3)
  const clean = scatteredParts(covariances, 4)
  /** The first `count` shards moved by `sds` of their own standard deviations in every coordinate. */
  const moved = (count: number, sds: number): Part[] =>
    clean.map(({ mean, covariance }, place) => ({
      mean: mean.map((value, i) => (place < count ? value + sds * Math.sqrt(covariance[4 * i]) : value)),
      covariance,
    }))
  const distance = (parts: readonly Part[], from: readonly Part[]): number => {
    const exact = productOf(from)
    return mahalanobis(robustProduct(moments(parts), 0.01).mean, exact.mean, exact.covariance)
  }

  it('one of ten leaves the product of the nine others, where the plain product is more than 2 sd off', () => {
    const product = robustProduct(moments(moved(1, 10)), 0.01)
    expect(product.weights.map(({ weight }) => weight)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    const nine = productOf(clean.slice(1))
    expect(mahalanobis(product.mean, nine.mean, nine.covariance)).toBeLessThan(1e-6)
    product.covariance.forEach((value, at) => expect(value).toBeCloseTo(nine.covariance[at], 10))
    expect(mahalanobis(gaussianProduct(moments(moved(1, 10))).mean, nine.mean, nine.covariance)).toBeGreaterThan(2)
    expect(product.priorPower).toBeCloseTo(0.9, 12)
  })

  it('four of ten in concert are outvoted', () => {
    const product = robustProduct(moments(moved(4, 12)), 0.01)
    expect(product.weights.map(({ weight }) => weight)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    expect(distance(moved(4, 12), clean.slice(4))).toBeLessThan(1e-6)
  })

  it('half of the shards in concert leave no majority, and that is refused', () => {
    expect(() => robustProduct(moments(moved(5, 12)), 0.01)).toThrow(expect.objectContaining({ code: 'CHORALE_COMBINE_NO_MAJORITY' }))
  })

  it('no shard has more than a bounded part, however far it is, and the result has no jumps', () => {
    const steps = Array.from({ length: 241 }, (_, i) => distance(moved(1, i / 16), clean.slice(1)))
    expect(Math.max(...steps)).toBeLessThan(3)
    steps.slice(1).forEach((value, i) => expect(Math.abs(value - steps[i])).toBeLessThan(0.2))
    expect(distance(moved(1, 1e6), clean.slice(1))).toBeLessThan(1e-6)
  })

  it('two shards stuck at one value, with next to no spread, have no weight', () => {
    const stuck = clean.map((part, place) => (place < 2 ? { mean: [3, 3, 3], covariance: identity(3, 1e-12) } : part))
    const product = robustProduct(moments(stuck), 0.01)
    expect(product.weights.slice(0, 2)).toEqual([0, 1].map(shard => ({ shard, weight: 0, distance: undefined, reason: 'no spread' })))
    expect(mahalanobis(product.mean, productOf(clean.slice(2)).mean, productOf(clean.slice(2)).covariance)).toBeLessThan(1e-6)
  })

  it('a shard with a thousandth of the others’ spread at a wrong value does not win', () => {
    const narrow = clean.map((part, place) => (place === 6 ? { mean: [4, -4, 4], covariance: identity(3, 1e-3) } : part))
    const product = robustProduct(moments(narrow), 0.01)
    expect(product.weights[6]).toMatchObject({ weight: 0, reason: 'disagrees' })
    const others = clean.filter((_, place) => place !== 6)
    expect(mahalanobis(product.mean, productOf(others).mean, productOf(others).covariance)).toBeLessThan(1e-6)
  })

  it('a shard with a hundred times the rows and their precision is no outlier', () => {
    const parts = clean.map((part, place) =>
      place === 3 ? { mean: [0, 0, 0], covariance: Array.from(part.covariance, value => value / 100) } : part,
    )
    const shards = moments(parts).map((shard, place) => (place === 3 ? { ...shard, rows: 10_000 } : shard))
    expect(robustProduct(shards, 0.01).weights.every(({ weight }) => weight === 1)).toBe(true)
  })

  it('a shard with a third of the variance in all of 20 dimensions is not stuck', () => {
    const parts = scatteredParts(unlikeCovariances(8, 20), 6)
    const sharper = parts.map((part, place) =>
      place === 5 ? { ...part, covariance: Array.from(part.covariance, value => value / 3) } : part,
    )
    expect(robustProduct(moments(sharper), 1e-6).weights[5]).toMatchObject({ weight: 1 })
  })

  it('weights do not depend on units or on the order of the shards', () => {
    const scale = [1e6, 1e-6, 3]
    const parts = moved(2, 6)
    const scaledParts = parts.map(({ mean, covariance }) => ({
      mean: mean.map((value, i) => scale[i] * value + 7),
      covariance: Array.from(covariance, (value, at) => scale[Math.floor(at / 3)] * scale[at % 3] * value),
    }))
    const weights = robustProduct(moments(parts), 0.01).weights.map(({ weight }) => weight)
    expect(weights.filter(weight => weight < 1)).toHaveLength(2)
    robustProduct(moments(scaledParts), 0.01).weights.forEach(({ weight }, place) => expect(weight).toBeCloseTo(weights[place], 6))
    const back = robustProduct(moments(parts).toReversed(), 0.01).weights.map(({ weight }) => weight)
    back.toReversed().forEach((weight, place) => expect(weight).toBeCloseTo(weights[place], 6))
  })
})

it('without a contradiction it is the Gaussian product', () => {
  const parts = scatteredParts(unlikeCovariances(6, 2), 8)
  for (const kind of ['score', 'draws only'] as const) {
    const shards = parts.map((part, shard) => momentShard(part, { shard, of: 6, draws: 300, seed: shard, kind }))
    const [own, plain] = [robustProduct(shards, 0.01), gaussianProduct(shards)]
    own.mean.forEach((value, i) => expect(value).toBeCloseTo(plain.mean[i], 12))
    own.covariance.forEach((value, at) => expect(value).toBeCloseTo(plain.covariance[at], 12))
    expect(own.priorPower).toBeCloseTo(1, 12)
  }
})
