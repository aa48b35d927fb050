import { readFileSync } from 'node:fs'
import type { SubPosteriorDraws } from '@chorale/core/contracts'
import { gammaVariates, gaussianSample, scalarSample, shardOf, withoutScores } from './shards.js'

interface Moments {
  readonly mean: number[]
  readonly cov: number[][]
}

/** Exact moments of the acceptance cases, from closed forms and quadrature. `gp`: limit of the Gaussian product. */
export const exact = JSON.parse(readFileSync(new URL('./golden/combiner-acceptance.json', import.meta.url), 'utf8')) as {
  readonly C1: Moments & { readonly Q: number; readonly equalMean: number[]; readonly diagMean: number[] }
  readonly C2theta: Moments & { readonly equal: [number, number]; readonly gp: [number, number] }
  readonly C2log: Moments & { readonly gp: [number, number] }
  readonly C3: Moments & { readonly gp: [number, number] }
}

/** C1: eight Gaussian shards of five parameters with precision I + s v v', v_j = cos(s j), mean .3 sin(s j); shard 3 has fewer draws. */
export function c1Shards({ scores = true, draws = 20_000, of = 8, seed = 100 } = {}): SubPosteriorDraws[] {
  return Array.from({ length: 8 }, (_, place) => {
    const s = place + 1
    const v = [1, 2, 3, 4, 5].map(j => Math.cos(s * j))
    const length = v.reduce((sum, value) => sum + value * value, 0)
    const covariance = v.flatMap((a, i) => v.map((b, j) => (i === j ? 1 : 0) - (s * a * b) / (1 + s * length)))
    const mean = [1, 2, 3, 4, 5].map(j => 0.3 * Math.sin(s * j))
    const sample = gaussianSample({ mean, covariance, draws: s === 3 ? Math.round(0.35 * draws) : draws, seed: seed + s })
    return shardOf(scores ? sample : withoutScores(sample), { shard: s, of })
  })
}

const COUNTS = [5, 4, 6, 7, 3, 5, 6, 4, 5, 8, 5, 6, 4, 7, 5, 3, 6, 5, 9, 5]

/** C2: Poisson counts with a Gamma(2, 1) prior in 20 shards of five observations, sampled as the rate or as its logarithm (Jacobian tempered too). */
export function c2Shards(scale: 'rate' | 'log rate', draws: number): SubPosteriorDraws[] {
  const gamma = gammaVariates(scale === 'rate' ? 21 : 22)
  return COUNTS.map((count, shard) => {
    const shape = scale === 'rate' ? 1 / 20 + 1 + count : 2 / 20 + count
    const sample =
      scale === 'rate'
        ? scalarSample(draws, () => gamma(shape) / 5.05, value => (shape - 1) / value - 5.05) // prettier-ignore
        : scalarSample(draws, () => Math.log(gamma(shape) / 5.05), value => shape - 5.05 * Math.exp(value)) // prettier-ignore
    return shardOf(sample, { shard, of: 20 })
  })
}

const EVENTS = [2, 0, 1, 3, 4, 2, 1, 0, 5, 2, 3, 1, 2, 3, 1]

/** C3: 30 events in 10,000 trials with a Beta(2, 2) prior in 15 shards, sampled as the probability itself. Two shards have no event. */
export function c3Shards(draws: number): SubPosteriorDraws[] {
  const gamma = gammaVariates(23)
  return EVENTS.map((events, shard) => {
    const trials = shard < 10 ? 667 : 666
    const [a, b] = [1 / 15 + 1 + events, 1 / 15 + 1 + trials - events]
    const draw = (): number => {
      const [x, y] = [gamma(a), gamma(b)]
      return x / (x + y)
    }
    return shardOf(
      scalarSample(draws, draw, value => (a - 1) / value - (b - 1) / (1 - value)),
      { shard, of: 15 },
    )
  })
}
