import type { MomentBatch, StreamedMoments } from '../contracts/index.js'

/** Rows of draws and of the scores (gradients of the log density) there; row-major, n x d each. */
export interface ScoredDraws {
  readonly draws: number
  readonly dimension: number
  readonly positions: Float64Array
  readonly scores: Float64Array
}

/** Batches per shard: what delete-one-batch standard errors need. */
export const BATCHES = 20

/** The rows of batch b of n: consecutive, sizes within one row. */
export function batchRange(draws: number, batch: number, batches = Math.min(BATCHES, draws)): readonly [from: number, to: number] {
  return [Math.floor((draws * batch) / batches), Math.floor((draws * (batch + 1)) / batches)]
}

/** Moments of one run of rows, cross products about the batch's own mean. */
function momentBatch({ dimension: d, positions, scores }: ScoredDraws, from: number, to: number): MomentBatch {
  const count = to - from
  const mean = new Float64Array(d)
  const scoreMean = new Float64Array(d)
  for (let row = from; row < to; row++) {
    for (let i = 0; i < d; i++) {
      mean[i]! += positions[row * d + i]! / count
      scoreMean[i]! += scores[row * d + i]! / count
    }
  }
  const crossProducts = new Float64Array(d * d)
  const scoreCrossProducts = new Float64Array(d * d)
  for (let row = from; row < to; row++) {
    for (let i = 0; i < d; i++) {
      const theta = positions[row * d + i]! - mean[i]!
      const score = scores[row * d + i]! - scoreMean[i]!
      for (let j = 0; j < d; j++) {
        const other = positions[row * d + j]! - mean[j]!
        crossProducts[i * d + j]! += theta * other
        scoreCrossProducts[i * d + j]! += score * other
      }
    }
  }
  return { count, mean, crossProducts, scoreMean, scoreCrossProducts }
}

/** Moments of all draws in up to 20 batches. */
export function batchedMoments(draws: ScoredDraws): Omit<StreamedMoments, 'thirdMoments'> {
  const count = Math.min(BATCHES, draws.draws)
  const batches = Array.from({ length: count }, (_, b) => momentBatch(draws, ...batchRange(draws.draws, b)))
  return { dimension: draws.dimension, batches }
}
