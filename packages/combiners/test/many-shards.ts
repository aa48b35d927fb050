import { createStream, foldIn, prngKey } from '@chorale/random'
import type { DrawMatrix, MomentBatch, SubPosteriorDraws } from '@chorale/core/contracts'
import { momentsOf, realParameters } from './shards.js'

export interface ManyShards {
  readonly shards: readonly SubPosteriorDraws[]
  /** Of the product of the shards' densities. */
  readonly mean: Float64Array
  readonly sd: Float64Array
}

/**
 * Gaussian shards whose moments are made again whenever they are asked for, as they would be read from disk. A shard scales and moves one set of standard normal
 * draws, so that making its moments costs little beside combining them.
 */
export function manyShards({ count, dimension, draws }: { count: number; dimension: number; draws: number }): ManyShards {
  const stream = createStream(prngKey(1))
  const standard = Float64Array.from({ length: draws * dimension }, () => stream.normal())
  const sample = { dimension, values: standard, scores: standard.map(value => -value) }
  const batches = Array.from({ length: 20 }, (_, b) => momentsOf(sample, (b * draws) / 20, ((b + 1) * draws) / 20))
  const { total, weighted } = precisionsOf(count, dimension)
  return {
    shards: Array.from({ length: count }, (_, shard) => shardOnAccess(shard, { count, dimension, draws, standard, batches })),
    mean: weighted.map((value, i) => value / total[i]),
    sd: total.map(value => 1 / Math.sqrt(value)),
  }
}

interface Common {
  readonly count: number
  readonly dimension: number
  readonly draws: number
  readonly standard: Float64Array
  readonly batches: readonly MomentBatch[]
}

/** Independent coordinates with means and standard deviations of the shard's own. */
function gaussianOf(shard: number, dimension: number): { mean: Float64Array; sd: Float64Array } {
  const stream = createStream(foldIn(prngKey(2), shard))
  const sd = Float64Array.from({ length: dimension }, () => Math.exp(0.1 * stream.normal()))
  return { sd, mean: sd.map(value => value * stream.normal()) }
}

function precisionsOf(count: number, dimension: number): { total: Float64Array; weighted: Float64Array } {
  const [total, weighted] = [new Float64Array(dimension), new Float64Array(dimension)]
  for (let shard = 0; shard < count; shard++) {
    const { sd, mean } = gaussianOf(shard, dimension)
    for (let i = 0; i < dimension; i++) {
      total[i] += 1 / (sd[i] * sd[i])
      weighted[i] += mean[i] / (sd[i] * sd[i])
    }
  }
  return { total, weighted }
}

function shardOnAccess(shard: number, { count, dimension, draws, standard, batches }: Common): SubPosteriorDraws {
  return {
    shard,
    rows: 100,
    parameters: realParameters(dimension),
    powers: { prior: 1 / count, jacobian: 1 / count, likelihood: 1 },
    moments: {
      dimension,
      thirdMoments: new Float64Array(dimension),
      get batches() {
        const { mean, sd } = gaussianOf(shard, dimension)
        return batches.map(batch => scaledMoments(batch, mean, sd))
      },
    },
    ess: { mean: new Float64Array(dimension).fill(draws), squared: new Float64Array(dimension).fill(draws) },
    draws(): Promise<DrawMatrix> {
      const { mean, sd } = gaussianOf(shard, dimension)
      return Promise.resolve({ draws, dimension, values: standard.map((value, at) => mean[at % dimension] + sd[at % dimension] * value) })
    },
  }
}

/** Moments of mean + sd z, with scores -z/sd, from those of z. */
function scaledMoments(batch: MomentBatch, mean: Float64Array, sd: Float64Array): MomentBatch {
  const dimension = mean.length
  const crossProducts = new Float64Array(dimension * dimension)
  const scoreCrossProducts = new Float64Array(dimension * dimension)
  for (let i = 0, at = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++, at++) {
      crossProducts[at] = sd[i] * sd[j] * batch.crossProducts[at]
      scoreCrossProducts[at] = (sd[j] / sd[i]) * batch.scoreCrossProducts[at]
    }
  }
  return {
    count: batch.count,
    mean: batch.mean.map((value, i) => mean[i] + sd[i] * value),
    crossProducts,
    scoreMean: batch.scoreMean.map((value, i) => value / sd[i]),
    scoreCrossProducts,
  }
}
