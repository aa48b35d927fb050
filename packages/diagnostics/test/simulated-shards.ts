import type { ShardSummary } from '../src/index.js'
import type { RandomDraws } from './random-draws.js'

export interface ShardDesign {
  readonly shards: number
  readonly parameters: number
  /** Draws a shard; Infinity for exact means and covariances. */
  readonly draws: number
  /** True value of every parameter. */
  readonly truth?: number
}

/**
 * Sub-posteriors of one truth: centres drawn around it with covariances that differ from shard to shard, and, for a finite number of independent draws,
 * their sample mean and their sample covariance (Wishart, by Bartlett's decomposition).
 */
export function simulateShards(random: RandomDraws, { shards, parameters: d, draws, truth = 0 }: ShardDesign): ShardSummary[] {
  return Array.from({ length: shards }, () => {
    const factor = randomFactor(random, d)
    const scale = Math.sqrt(1 + 1 / draws)
    const deviation = times(
      factor,
      Float64Array.from({ length: d }, () => random.normal() * scale),
    )
    return {
      mean: deviation.map(value => truth + value),
      covariance: square(draws === Infinity ? factor : product(factor, bartlett(random, d, draws - 1), d), d),
      ess: draws,
    }
  })
}

/** Lower triangular, correlations of any sign, scales over three powers of ten. */
function randomFactor(random: RandomDraws, d: number): Float64Array {
  const factor = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    const scale = Math.exp(1.5 * (i % 3) + 0.3 * random.normal())
    for (let j = 0; j <= i; j++) factor[i * d + j] = scale * (i === j ? 1 : 0.5 * random.normal())
  }
  return factor
}

/** Factor of a Wishart matrix over its degrees of freedom. */
function bartlett(random: RandomDraws, d: number, df: number): Float64Array {
  const factor = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) factor[i * d + j] = random.normal() / Math.sqrt(df)
    factor[i * d + i] = Math.sqrt(random.chiSquare(df - i) / df)
  }
  return factor
}

function product(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d)
  for (let i = 0; i < d; i++) for (let k = 0; k <= i; k++) for (let j = 0; j <= k; j++) out[i * d + j] += a[i * d + k] * b[k * d + j]
  return out
}

function square(lower: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) for (let k = 0; k <= Math.min(i, j); k++) out[i * d + j] += lower[i * d + k] * lower[j * d + k]
  }
  return out
}

function times(lower: Float64Array, vector: Float64Array): Float64Array {
  const d = vector.length
  return vector.map((_, i) => {
    let value = 0
    for (let k = 0; k <= i; k++) value += lower[i * d + k] * vector[k]
    return value
  })
}
