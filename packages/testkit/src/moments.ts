import type { DrawMatrix } from '@chorale/core/contracts'

/** Mean and covariance of weighted draws, with the standard error that Monte Carlo leaves in them. */
export interface SampleMoments {
  readonly mean: Float64Array
  /** Row-major, d x d. */
  readonly covariance: Float64Array
  /** How many independent draws these are worth: the smallest over the coordinates and their squares. */
  readonly effectiveDraws: number
}

const BATCHES = 40

/** n var / (batch size var of batch means): the effective size of a correlated sequence (Flegal & Jones 2010, batch means), at most n. */
function effectiveSize(values: Float64Array): number {
  const size = Math.floor(values.length / BATCHES)
  if (size < 2) return values.length
  const meanOf = (part: Float64Array): number => part.reduce((sum, x) => sum + x, 0) / part.length
  const used = values.subarray(0, size * BATCHES)
  const mean = meanOf(used)
  const variance = used.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (used.length - 1)
  let ofMeans = 0
  for (let b = 0; b < BATCHES; b++) {
    const off = meanOf(used.subarray(b * size, (b + 1) * size)) - mean
    ofMeans += (off * off) / (BATCHES - 1)
  }
  if (!(variance > 0)) return 1
  return Math.min(values.length, (values.length * variance) / (size * ofMeans))
}

/** Normalised weights of log weights; equal ones without. */
function weightsOf(draws: number, logWeights: Float64Array | undefined): Float64Array {
  if (!logWeights) return new Float64Array(draws).fill(1 / draws)
  const top = logWeights.reduce((a, b) => Math.max(a, b), -Infinity)
  const raw = logWeights.map(w => Math.exp(w - top))
  const total = raw.reduce((sum, w) => sum + w, 0)
  return raw.map(w => w / total)
}

/** Weighted moments. Effective draws: batch means of each coordinate and its square, times Kish's (sum w)^2 / sum w^2 over n. */
export function momentsOf({ draws, dimension, values }: DrawMatrix, logWeights?: Float64Array): SampleMoments {
  const weights = weightsOf(draws, logWeights)
  const mean = new Float64Array(dimension)
  for (let i = 0; i < draws; i++) for (let j = 0; j < dimension; j++) mean[j]! += weights[i]! * values[i * dimension + j]!
  const covariance = new Float64Array(dimension * dimension)
  for (let i = 0; i < draws; i++) {
    for (let j = 0; j < dimension; j++) {
      for (let k = 0; k < dimension; k++) {
        const product = (values[i * dimension + j]! - mean[j]!) * (values[i * dimension + k]! - mean[k]!)
        covariance[j * dimension + k]! += weights[i]! * product
      }
    }
  }
  let smallest = draws
  for (let j = 0; j < dimension; j++) {
    const centred = Float64Array.from({ length: draws }, (_, i) => values[i * dimension + j]! - mean[j]!)
    smallest = Math.min(smallest, effectiveSize(centred), effectiveSize(centred.map(x => x * x)))
  }
  const kish = 1 / weights.reduce((sum, w) => sum + w * w, 0)
  return { mean, covariance, effectiveDraws: (smallest * kish) / draws }
}
