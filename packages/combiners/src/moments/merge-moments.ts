import type { MomentBatch } from '@chorale/core/contracts'
import { scaled, subtract } from '../linear-algebra/matrix.js'

/** A shard is cut into this many batches for the jackknife. */
export const JACKKNIFE_BATCHES = 20

/**
 * The moments of all draws of the batches together, merged in pairs (Chan, Golub & LeVeque 1979): exact, so the same however the draws were cut.
 * A batch without score moments (empty arrays) makes those of the whole NaN. At least one batch; batches of no draws count for nothing.
 */
export function mergeMoments(batches: readonly MomentBatch[]): MomentBatch {
  if (batches.length === 1) return batches[0]
  const middle = batches.length >> 1
  return mergePair(mergeMoments(batches.slice(0, middle)), mergeMoments(batches.slice(middle)))
}

/** The mean of all draws of the batches together; a new array. */
export function meanOf(batches: readonly MomentBatch[]): Float64Array {
  const total = batches.reduce((sum, { count }) => sum + count, 0)
  const mean = new Float64Array(batches[0].mean.length)
  for (const { count, mean: own } of batches) {
    if (count > 0) for (let i = 0; i < mean.length; i++) mean[i] += (count / total) * own[i]
  }
  return mean
}

/** Batches of about equal size in the order of the draws, 20 of them or as many as there are: neighbouring batches are merged. */
export function jackknifeBatches(batches: readonly MomentBatch[], most = JACKKNIFE_BATCHES): MomentBatch[] {
  const filled = batches.filter(batch => batch.count > 0)
  const groups = Math.min(most, filled.length)
  const bound = (group: number): number => Math.floor((group * filled.length) / groups)
  return Array.from({ length: groups }, (_, group) => mergeMoments(filled.slice(bound(group), bound(group + 1))))
}

/** For each batch, the moments of all the others. At least two batches. */
export function leaveOneOut(batches: readonly MomentBatch[]): MomentBatch[] {
  const before: (MomentBatch | undefined)[] = [undefined]
  const after: (MomentBatch | undefined)[] = [undefined]
  for (let i = 0; i < batches.length - 1; i++) {
    before.push(mergeOptional(before[i], batches[i]))
    after.push(mergeOptional(batches[batches.length - 1 - i], after[i]))
  }
  return batches.map((_, i) => mergeOptional(before[i], after[batches.length - 1 - i])!)
}

const mergeOptional = (a: MomentBatch | undefined, b: MomentBatch | undefined): MomentBatch | undefined =>
  a !== undefined && b !== undefined ? mergePair(a, b) : (a ?? b)

function mergePair(a: MomentBatch, b: MomentBatch): MomentBatch {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const dimension = a.mean.length
  const count = a.count + b.count
  const share = b.count / count
  const weight = a.count * share
  const step = subtract(b.mean, a.mean)
  const scoreMean = new Float64Array(dimension)
  const scoreStep = new Float64Array(dimension)
  const mean = new Float64Array(dimension)
  const [scoresOfA, scoresOfB] = [recordedScores(a), recordedScores(b)]
  for (let i = 0; i < dimension; i++) {
    scoreStep[i] = scoresOfB.scoreMean[i] - scoresOfA.scoreMean[i]
    scoreMean[i] = scoresOfA.scoreMean[i] + share * scoreStep[i]
    mean[i] = a.mean[i] + share * step[i]
  }
  return {
    count,
    mean,
    crossProducts: mergeProducts(a.crossProducts, b.crossProducts, scaled(step, weight), step),
    scoreMean,
    scoreCrossProducts: mergeProducts(scoresOfA.scoreCrossProducts, scoresOfB.scoreCrossProducts, scaled(scoreStep, weight), step),
  }
}

/** a + b + left right'. */
function mergeProducts(a: Float64Array, b: Float64Array, left: Float64Array, right: Float64Array): Float64Array {
  const dimension = right.length
  const result = new Float64Array(a.length)
  for (let i = 0, at = 0; i < dimension; i++) {
    const factor = left[i]
    for (let j = 0; j < dimension; j++, at++) result[at] = a[at] + b[at] + factor * right[j]
  }
  return result
}

type Scores = Pick<MomentBatch, 'scoreMean' | 'scoreCrossProducts'>

/** Scores that were not recorded are NaN. */
function recordedScores(batch: MomentBatch): Scores {
  const dimension = batch.mean.length
  if (batch.scoreMean.length === dimension && batch.scoreCrossProducts.length === dimension * dimension) return batch
  return { scoreMean: new Float64Array(dimension).fill(NaN), scoreCrossProducts: new Float64Array(dimension * dimension).fill(NaN) }
}

/** The sample covariance, divisor n - 1. */
export const covarianceOf = (moments: MomentBatch): Float64Array => scaled(moments.crossProducts, 1 / (moments.count - 1))
