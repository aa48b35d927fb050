import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { gaussianProduct, mergeMoments } from '../../src/index.js'
import { multiply, transpose } from '../../src/linear-algebra/matrix.js'
import { gaussianSample, identity, mahalanobis, shardOf, withoutScores, type Sample } from '../shards.js'

const d = 3
const samples = (K: number, draws: number): Required<Sample>[] =>
  Array.from({ length: K }, (_, s) =>
    gaussianSample({
      mean: [Math.sin(s), Math.cos(s), 0.1 * s],
      covariance: [1 + (s % 3), 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 2],
      draws,
      seed: 40 + s,
    }),
  )
const shardsOf = (made: readonly Sample[], batches = 20) =>
  made.map((sample, shard) => shardOf(sample, { shard, of: made.length, batches }))
const scale = (values: Float64Array): number => Math.max(...values.map(Math.abs))
const difference = (a: Float64Array, b: Float64Array): number => scale(a.map((value, i) => value - b[i])) / scale(b)

/** theta' = B theta + c, g' = inverse(B)' g, with B = diagonal x (I + strictly lower): invertible by construction. */
function mapped(sample: Sample, diagonal: readonly number[], lower: readonly number[], shift: readonly number[]) {
  const matrix = identity(d)
  const inverse = identity(d)
  const [p, q, r] = lower
  matrix.set([1, 0, 0, p, 1, 0, q, r, 1])
  inverse.set([1, 0, 0, -p, 1, 0, p * r - q, -r, 1])
  // one reflection-like mixing from the right, so that B is not triangular
  const mix = Float64Array.from([0, 1, 0, 0, 0, 1, 1, 0, 0])
  let B = multiply(matrix, mix, d)
  let inverseB = multiply(transpose(mix, d), inverse, d)
  B = B.map((value, at) => value * diagonal[Math.floor(at / d)])
  inverseB = inverseB.map((value, at) => value / diagonal[at % d])
  const rows = sample.values.length / d
  const values = new Float64Array(sample.values.length)
  const scores = new Float64Array(sample.values.length)
  for (let t = 0; t < rows; t++) {
    for (let i = 0; i < d; i++) {
      values[t * d + i] = shift[i] * diagonal[i]
      for (let j = 0; j < d; j++) {
        values[t * d + i] += B[i * d + j] * sample.values[t * d + j]
        if (sample.scores) scores[t * d + i] += inverseB[j * d + i] * sample.scores[t * d + j]
      }
    }
  }
  return { B, shift: shift.map((value, i) => value * diagonal[i]), sample: { dimension: d, values, ...(sample.scores ? { scores } : {}) } }
}

describe('gaussianProduct', () => {
  it.each([true, false])('follows affine maps of the draws, at every scale (scores: %s)', scores => {
    const made = samples(4, 200).map(sample => (scores ? sample : withoutScores(sample)))
    const base = gaussianProduct(shardsOf(made))
    const entry = fc.double({ min: -2, max: 2, noNaN: true })
    const size = fc.integer({ min: -6, max: 6 }).map(exponent => 10 ** exponent)
    fc.assert(
      fc.property(fc.tuple(size, size, size), fc.tuple(entry, entry, entry), fc.tuple(entry, entry, entry), (diagonal, lower, shift) => {
        const all = made.map(sample => mapped(sample, diagonal, lower, shift))
        const result = gaussianProduct(shardsOf(all.map(({ sample }) => sample)))
        const { B } = all[0]
        const mean = base.mean.map((_, i) => all[0].shift[i] + base.mean.reduce((sum, value, j) => sum + B[i * d + j] * value, 0))
        const covariance = multiply(multiply(B, base.covariance, d), transpose(B, d), d)
        const sds = diagonal.map((_, i) => Math.sqrt(covariance[i * d + i]))
        for (let i = 0; i < d; i++) {
          expect(Math.abs(result.mean[i] - mean[i]) / sds[i]).toBeLessThan(1e-8)
          for (let j = 0; j < d; j++) {
            expect(Math.abs(result.covariance[i * d + j] - covariance[i * d + j]) / sds[i] / sds[j]).toBeLessThan(1e-8)
          }
        }
        expect(result.shards.map(({ method }) => method)).toEqual(base.shards.map(({ method }) => method))
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  it('has no floor: 400 shards with a posterior sd of 1e-6', () => {
    const K = 400
    const made = Array.from({ length: K }, (_, s) => {
      const spread = (s % 2 === 0 ? 1 : 4) * 1e-6 * Math.sqrt(K)
      return gaussianSample({ mean: [s % 2 === 0 ? 0 : 1e-4], covariance: [spread * spread], draws: 50, seed: s })
    })
    const product = gaussianProduct(shardsOf(made))
    expect(product.mean[0]).toBeCloseTo(1e-4 / 17, 12) // weights 16 : 1
    expect(product.covariance[0] / ((2e-12 * 16) / 17)).toBeCloseTo(1, 8)
  })

  it('does not depend on the order of shards or on how draws were cut into batches', () => {
    const made = samples(5, 400).map(withoutScores)
    const base = gaussianProduct(shardsOf(made))
    const reversed = gaussianProduct(shardsOf(made).reverse())
    expect(difference(reversed.mean, base.mean)).toBeLessThan(1e-12)
    expect(difference(reversed.covariance, base.covariance)).toBeLessThan(1e-12)
    for (const batches of [1, 3, 400]) {
      const cut = gaussianProduct(shardsOf(made, batches))
      expect(difference(cut.mean, base.mean)).toBeLessThan(1e-12)
      expect(difference(cut.covariance, base.covariance)).toBeLessThan(1e-12)
    }
    const merged = shardsOf(made).map(shard => ({
      ...shard,
      moments: { ...shard.moments, batches: [mergeMoments(shard.moments.batches)] },
    }))
    expect(difference(gaussianProduct(merged).mean, base.mean)).toBeLessThan(1e-12)
  })

  it('has no threshold in the number of shards: 501 shards follow on from 500', () => {
    const made = Array.from({ length: 501 }, (_, s) =>
      withoutScores(gaussianSample({ mean: [s === 7 ? 5 : 0], covariance: [1], draws: 40, seed: s })),
    )
    const [before, after] = [500, 501].map(K => gaussianProduct(shardsOf(made.slice(0, K), 2)))
    const noise = 1 / Math.sqrt(501 * 40)
    expect(Math.abs(before.mean[0] - 5 / 500)).toBeLessThan(5 * noise)
    expect(Math.abs(after.mean[0] - 5 / 501)).toBeLessThan(5 * noise)
    expect(Math.abs(after.covariance[0] / before.covariance[0] - 500 / 501)).toBeLessThan(0.002) // the precision of one shard of 40 draws is known to 22 %
  })

  it('weighs every shard once for all parameters: influences sum to 1', () => {
    const { shards } = gaussianProduct(shardsOf(samples(6, 100)))
    expect(shards.reduce((sum, { influence }) => sum + influence, 0)).toBeCloseTo(1, 12)
  })

  it('needs few draws with scores: 100 draws a shard give the exact mean of shards that disagree', () => {
    const K = 8
    const made = Array.from({ length: K }, (_, s) =>
      gaussianSample({ mean: [s % 2, -s, 0.5 * s], covariance: identity(d, K), draws: 100, seed: s }),
    )
    const truth = [0.5, -3.5, 1.75]
    expect(mahalanobis(gaussianProduct(shardsOf(made)).mean, truth, identity(d))).toBeLessThan(1e-9)
  })

  it('takes normal stand-ins out again', () => {
    const [m, sd, K] = [2, 3, 4]
    const made = Array.from({ length: K }, (_, s) => {
      // likelihood N(s, 1) times the stand-in N(2, 3^2)
      const precision = 1 + 1 / (sd * sd)
      return gaussianSample({ mean: [(s + m / (sd * sd)) / precision], covariance: [1 / precision], draws: 60, seed: s })
    })
    const shards = made.map((sample, shard) => shardOf(sample, { shard, of: K, powers: { standIns: { theta0: { mean: m, sd } } } }))
    const product = gaussianProduct(shards)
    expect(product.mean[0]).toBeCloseTo(1.5, 10)
    expect(product.covariance[0]).toBeCloseTo(1 / K, 10)
  })

  it.each([true, false])('takes one parameter that repeats another, singular only to rounding (scores: %s)', scores => {
    const shards = [0, 1].map(shard => {
      const one = gaussianSample({ mean: [shard], covariance: [1], draws: 4000, seed: shard })
      const twice = (values: Float64Array, factor: number) => Float64Array.from({ length: 8000 }, (_, at) => factor * values[at >> 1])
      return shardOf(
        { dimension: 2, values: twice(one.values, 1), ...(scores ? { scores: twice(one.scores, 0.5) } : {}) },
        { shard, of: 2 },
      )
    })
    const { mean, covariance } = gaussianProduct(shards)
    for (const i of [0, 1]) {
      expect(Math.abs(mean[i] - 0.5)).toBeLessThan((4 * Math.SQRT1_2) / Math.sqrt(4000 / 3)) // d(d + 2)/T in one dimension
      expect(Math.abs(covariance[3 * i] - 0.5)).toBeLessThan(2 * Math.sqrt(2 / 4000))
    }
  })
})
